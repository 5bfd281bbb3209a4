import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import './new-button.css'

/** Opens a view's form; on a phone only its sign is shown. */
export function NewButton({ label, onClick }: { readonly label: string; readonly onClick: () => void }): ReactNode {
  return (
    <Button className="new-button" leftSection={<Icon name="plus" size={18} />} onClick={onClick} aria-label={label} aria-keyshortcuts="n">
      <span className="only-wide">{label}</span>
    </Button>
  )
}
