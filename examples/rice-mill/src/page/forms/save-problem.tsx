import { Alert, Button, Group } from '@mantine/core'
import { useConnection } from '@millrace/react'
import type { ReactNode } from 'react'
import type { ApiError } from '../api/api-error.ts'
import { Icon } from '../components/icon.tsx'

interface Props {
  readonly problem: ApiError
  readonly onRetry: () => void
  /** For what was entered already, under the same key. */
  readonly onEnterAsAnother?: () => void
}

/** Why something was not saved, and what can be done now. */
export function SaveProblem({ problem, onRetry, onEnterAsAnother }: Props): ReactNode {
  const back = useConnection().state === 'live'
  switch (problem.code) {
    case 'unreachable':
    case 'unavailable':
      return (
        <Alert
          color={back ? 'paddy' : 'orange'}
          icon={<Icon name={back ? 'check' : 'offline'} />}
          title={back ? 'The connection is back' : 'Not saved yet: the mill cannot be reached'}
          role="alert"
        >
          What you entered is kept in this window. {back ? 'Save it now:' : 'Try again when the connection is back:'} however often it is
          sent, it is entered once.
          <Group mt="sm">
            <Button size="xs" onClick={onRetry}>
              {back ? 'Save now' : 'Try again'}
            </Button>
          </Group>
        </Alert>
      )
    case 'idempotency_mismatch':
      return (
        <Alert color="orange" icon={<Icon name="info" />} title="The first attempt had arrived after all" role="alert">
          It was saved as it was when you first sent it; you will find it in the list. What you have changed since is not in it.
          {onEnterAsAnother !== undefined && (
            <Group mt="sm">
              <Button size="xs" variant="light" onClick={onEnterAsAnother}>
                Keep this as another one
              </Button>
            </Group>
          )}
        </Alert>
      )
    default:
      return (
        <Alert color="red" icon={<Icon name="warning" />} title={titles[problem.code] ?? 'It was not saved'} role="alert">
          {problem.message}
          {typeof problem.details.reference === 'string' && ` (${problem.details.reference})`}
        </Alert>
      )
  }
}

const titles: Readonly<Record<string, string>> = {
  insufficient_stock: 'There is not enough in stock',
  denied: 'You may not do this',
  conflict: 'Somebody was faster',
}
