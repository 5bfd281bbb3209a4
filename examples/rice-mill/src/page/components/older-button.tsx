import { Button } from '@mantine/core'
import type { ReactNode } from 'react'

export function OlderButton({ onClick }: { readonly onClick: () => void }): ReactNode {
  return (
    <div style={{ display: 'grid', placeItems: 'center', padding: 12 }}>
      <Button variant="subtle" size="xs" onClick={onClick}>
        Show older ones
      </Button>
    </div>
  )
}
