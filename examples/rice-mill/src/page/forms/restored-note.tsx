import { Anchor, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** The form holds what was entered before the window was reloaded or the form closed. */
export function RestoredNote({ onDiscard }: { readonly onDiscard: () => void }): ReactNode {
  return (
    <Text size="sm" c="dimmed">
      This is what you had entered before.{' '}
      <Anchor component="button" type="button" size="sm" onClick={onDiscard}>
        Start over
      </Anchor>
    </Text>
  )
}
