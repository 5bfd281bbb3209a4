import { AppShell } from '@mantine/core'
import { usePresence } from '@millrace/react'
import { type ReactNode, useEffect, useState } from 'react'
import { useLocation } from 'wouter'
import { ErrorBoundary } from '../components/error-boundary.tsx'
import { useMill } from '../hooks/use-mill.ts'
import { OpenRecordContext } from '../hooks/use-open-record.ts'
import { StockContext, useLiveStock } from '../hooks/use-stock.ts'
import { Toasts } from '../notices/toasts.tsx'
import { placeAt } from '../places.ts'
import { BottomBar } from './bottom-bar.tsx'
import { Header } from './header.tsx'
import { ShortcutsHelp } from './shortcuts-help.tsx'
import { Sidebar } from './sidebar.tsx'
import { useDocumentTitle } from './use-document-title.ts'
import { useShortcuts } from './use-shortcuts.ts'
import { preloadViews, Views } from './views.tsx'
import './shell.css'

/** What is around each view. */
export function Shell(): ReactNode {
  const { mill, channel } = useMill()
  const [location] = useLocation()
  const [record, setRecord] = useState<string | null>(null)
  const place = placeAt(location)
  const name = place?.name ?? 'Elsewhere'
  const { helpOpened, closeHelp, openHelp } = useShortcuts()

  // What the others are told: where this person is, and which record is open.
  usePresence(channel, { view: record === null ? name : `${name} ${record}` })
  useDocumentTitle(`${name} · ${mill.name}`)
  // Whatever is opened later is there already, also while the mill cannot be reached.
  useEffect(preloadViews, [])

  return (
    <StockContext value={useLiveStock()}>
      <OpenRecordContext value={setRecord}>
        <AppShell
          layout="alt"
          header={{ height: 60 }}
          navbar={{ width: 236, breakpoint: 'sm', collapsed: { mobile: true } }}
          footer={{ height: { base: 64, sm: 0 } }}
          padding={{ base: 12, sm: 24 }}
          transitionDuration={0}
        >
          <a className="skip-link" href="#main">
            Skip to the content
          </a>
          <Header onHelp={openHelp} />
          <Sidebar onHelp={openHelp} />
          <AppShell.Main id="main" tabIndex={-1} className="shell-main">
            {/* Another mill is another page: nothing of the one before stays. */}
            <div className="shell-page" key={mill.id}>
              <ErrorBoundary key={place?.path}>
                <Views />
              </ErrorBoundary>
            </div>
          </AppShell.Main>
          <BottomBar />
          <Toasts />
          <ShortcutsHelp opened={helpOpened} onClose={closeHelp} />
        </AppShell>
      </OpenRecordContext>
    </StockContext>
  )
}
