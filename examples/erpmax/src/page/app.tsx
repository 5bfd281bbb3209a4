import { MantineProvider } from '@mantine/core'
import { lazy, type ReactNode, StrictMode, Suspense } from 'react'
import { ErrorBoundary } from './components/error-boundary.tsx'
import { Splash } from './components/splash.tsx'
import type { Session } from './session/session.ts'
import { SessionContext, useSession, useSessionState } from './session/use-session.ts'
import { cssVariables, theme } from './theme.ts'
import { Welcome } from './views/welcome.tsx'

// Everything live comes once somebody is signed in.
const loadWorkplace = () => import('./workplace.tsx')
const preloadWorkplace = (): void => void loadWorkplace()
const Workplace = lazy(() => loadWorkplace().then(({ Workplace }) => ({ default: Workplace })))

export function App({ session }: { readonly session: Session }): ReactNode {
  return (
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <SessionContext value={session}>
          <ErrorBoundary>
            <Suspense fallback={<Splash />}>
              <Gate />
            </Suspense>
          </ErrorBoundary>
        </SessionContext>
      </MantineProvider>
    </StrictMode>
  )
}

function Gate(): ReactNode {
  const session = useSession()
  const state = useSessionState()
  switch (state.state) {
    case 'signed-in':
      // Somebody else is a window of their own, with nothing of the one before.
      return <Workplace key={state.user.id} me={state.user} />
    case 'resuming':
      preloadWorkplace()
      return <Splash />
    case 'unreachable':
      return <Splash problem="ERPMax cannot be reached right now." onRetry={() => void session.resume()} />
    case 'signed-out':
      return <Welcome reason={state.reason} onShown={preloadWorkplace} />
  }
}
