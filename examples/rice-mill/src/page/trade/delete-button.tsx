import { Button, Group, Popover, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Icon } from '../components/icon.tsx'

interface Props {
  readonly what: string
  readonly onDelete: () => void
  readonly disabled: boolean
}

/** Deletes after a second click. */
export function DeleteButton({ what, onDelete, disabled }: Props): ReactNode {
  const [asking, setAsking] = useState(false)
  return (
    <Popover opened={asking} onChange={setAsking} position="top-start" withArrow shadow="md" trapFocus>
      <Popover.Target>
        <Button
          variant="subtle"
          color="red"
          leftSection={<Icon name="trash" size={17} />}
          onClick={() => setAsking(true)}
          disabled={disabled}
        >
          Delete
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm" mb="sm">
          Delete {what} for everybody?
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            color="red"
            onClick={() => {
              setAsking(false)
              onDelete()
            }}
          >
            Yes, delete it
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsking(false)}>
            Keep it
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
