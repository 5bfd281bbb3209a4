import { Button, Drawer } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useEffect, useRef } from 'react'
import type { Saving } from './use-saving.ts'
import './form-drawer.css'

interface Props {
  readonly title: ReactNode
  readonly opened: boolean
  readonly onClose: () => void
  readonly saving: Saving
  readonly submitLabel: string
  readonly onSubmit: () => void
  readonly submitDisabled?: boolean
  /** Above the fields: what has happened meanwhile. */
  readonly notices?: ReactNode
  /** Beside the button. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** A form that comes in from the side, and keeps its button in view. */
export function FormDrawer({
  title,
  opened,
  onClose,
  saving,
  submitLabel,
  onSubmit,
  submitDisabled = false,
  notices,
  aside,
  children,
}: Props): ReactNode {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    // The first field that is wrong is where the person goes on.
    if (Object.keys(saving.faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [saving.faults])

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault()
    if (saving.status !== 'saving' && !submitDisabled) onSubmit()
  }

  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ header: 'drawer-head', body: 'drawer-body', title: 'drawer-title' }}
    >
      <form ref={form} className="drawer-form" onSubmit={submit} noValidate autoComplete="off">
        <div className="drawer-fields">
          {notices}
          {children}
        </div>
        <footer className="drawer-foot">
          {aside}
          <span className="drawer-gap" />
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={saving.status === 'saving'} disabled={submitDisabled}>
            {submitLabel}
          </Button>
        </footer>
      </form>
    </Drawer>
  )
}
