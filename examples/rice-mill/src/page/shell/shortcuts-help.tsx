import { Kbd, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { places } from '../places.ts'
import './shortcuts-help.css'

interface Props {
  readonly opened: boolean
  readonly onClose: () => void
}

const others = [
  { keys: ['n'], does: 'New entry' },
  { keys: ['/'], does: 'Search' },
  { keys: ['?'], does: 'This help' },
  { keys: ['Esc'], does: 'Close what is open' },
]

export function ShortcutsHelp({ opened, onClose }: Props): ReactNode {
  return (
    <Modal opened={opened} onClose={onClose} title="From the keyboard" closeButtonProps={{ 'aria-label': 'Close' }}>
      <dl className="shortcuts">
        {[...others, ...places.map(({ key, name }) => ({ keys: ['g', key], does: name }))].map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  )
}
