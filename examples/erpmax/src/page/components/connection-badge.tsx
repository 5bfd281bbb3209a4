import { Button, Popover, Text } from '@mantine/core'
import { useConnection } from '@millrace/react'
import { type ReactNode, useEffect, useState } from 'react'
import { exactTime } from '../format/time.ts'
import { useSeconds } from '../hooks/use-now.ts'
import { useClient } from '../live/hooks.ts'
import { useSession } from '../session/use-session.ts'
import { connectionWords } from './connection-words.ts'
import './connection-badge.css'

/** How the window stands with the server; a click tells more. */
export function ConnectionBadge(): ReactNode {
  const connection = useConnection()
  const client = useClient()
  const session = useSession()
  const { tone, label, meaning } = connectionWords(connection, useSeconds())
  const since = useSince(connection.state)
  const away = connection.state === 'reconnecting' || connection.state === 'offline'

  return (
    <Popover width={300} position="bottom-end" withArrow shadow="md">
      <Popover.Target>
        <button
          type="button"
          className="connection"
          data-tone={tone}
          data-state={connection.state}
          title={meaning}
          aria-label={`Connection: ${label}`}
        >
          <span className="connection-dot" aria-hidden="true" />
          <span className="connection-label">{label}</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text fw={600} size="sm" mb={4}>
          {label}
        </Text>
        <Text size="sm" c="dimmed">
          {meaning}
        </Text>
        <Text size="xs" c="dimmed" mt={8}>
          Since {exactTime(since)}
        </Text>
        {connection.state === 'live' && (
          <Text size="xs" c="dimmed" className="clip">
            Connection {connection.connectionId}
          </Text>
        )}
        {away && (
          <Button size="xs" mt="sm" fullWidth variant="light" onClick={() => client.connect()}>
            Try now
          </Button>
        )}
        {connection.state === 'refused' && (
          <Button size="xs" mt="sm" fullWidth onClick={() => void session.signOut()}>
            Sign in again
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function useSince(state: string): number {
  const [since, setSince] = useState(() => Date.now())
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state is what begins another time
  useEffect(() => setSince(Date.now()), [state])
  return since
}
