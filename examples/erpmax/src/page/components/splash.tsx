import { Button, Loader, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Mark } from './mark.tsx'
import './splash.css'

interface Props {
  readonly problem?: string
  readonly onRetry?: () => void
}

/** The whole window, while there is nothing yet to show in it. */
export function Splash({ problem, onRetry }: Props): ReactNode {
  return (
    <main className="centered splash">
      <Mark size={52} />
      {problem === undefined ? (
        <Loader size="sm" type="dots" aria-label="Loading" />
      ) : (
        <>
          <Text role="alert">{problem}</Text>
          <Button onClick={onRetry}>Try again</Button>
        </>
      )}
    </main>
  )
}
