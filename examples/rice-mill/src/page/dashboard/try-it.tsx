import { Button, CloseButton } from '@mantine/core'
import type { ReactNode } from 'react'
import type { User } from '../../contract.ts'
import { Icon } from '../components/icon.tsx'
import { useStored } from '../hooks/use-stored.ts'
import { useMe } from '../session/use-session.ts'
import './try-it.css'

/** For the newcomer: what to do to see what this is about. Goes when it is closed. */
export function TryIt(): ReactNode {
  const me = useMe()
  const [closed, setClosed] = useStored<boolean>('rice-mill:try-it-closed', false, localStorage)
  if (closed) return null
  const other = partnerOf(me)
  return (
    <aside className="card try-it" aria-label="Try it">
      <ol>
        <li>
          <b>Open a second window</b> as {other.name}, and put it beside this one.
        </li>
        <li>
          <b>Buy paddy</b> in one. Stock, charts, feed and bell move in the other.
        </li>
        <li>
          <b>Stop the server</b>, work on, start it again: nothing is lost, nothing comes twice.
        </li>
      </ol>
      <Button
        component="a"
        href={`/?as=${other.id}`}
        target="_blank"
        // Without it the new window would begin as a copy of this one, with the same person signed in.
        rel="noopener"
        size="xs"
        leftSection={<Icon name="window" size={16} />}
      >
        Open {other.name}’s window
      </Button>
      <CloseButton aria-label="Close this hint" onClick={() => setClosed(true)} />
    </aside>
  )
}

/** Somebody else who sees the same mill. */
function partnerOf({ email, millId }: User): { readonly id: string; readonly name: string } {
  if (millId === 'mill-2') return { id: 'admin', name: 'Vikram' }
  return email.startsWith('ravi@') ? { id: 'asha', name: 'Asha' } : { id: 'ravi', name: 'Ravi' }
}
