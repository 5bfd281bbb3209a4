import { Button, Text, Title } from '@mantine/core'
import { Component, type ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
}

/** What to show when a part of the page fails, or could not be fetched. */
export class ErrorBoundary extends Component<Props, { readonly failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true }
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <div className="centered" role="alert">
        <Title order={2} size="h4">
          This part of the page could not be shown
        </Title>
        <Text c="dimmed" maw={420}>
          Nothing that was saved is lost. Load the page again; if the server cannot be reached, that works once it can.
        </Text>
        <Button onClick={() => location.reload()}>Load the page again</Button>
      </div>
    )
  }
}
