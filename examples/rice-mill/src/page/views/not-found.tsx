import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { EmptyState } from '../components/list-state.tsx'

export function NotFound(): ReactNode {
  return (
    <EmptyState
      icon="search"
      title="There is nothing at this address"
      hint="It may have moved, or was never there."
      action={
        <Button component={Link} href="/">
          To the dashboard
        </Button>
      }
    />
  )
}
