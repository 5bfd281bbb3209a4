import { usePresence } from '@millrace/react'
import type { ReactNode } from 'react'
import { InvoicesCard } from '../billing/invoices-card.tsx'
import { SubscriptionCard } from '../billing/subscription-card.tsx'
import { ErrorBoundary } from '../components/error-boundary.tsx'
import { useDesk } from '../hooks/use-desk.ts'
import { Toasts } from '../notices/toasts.tsx'
import { SiteCard } from '../site/site-card.tsx'
import { ChatCard } from '../team/chat-card.tsx'
import { PeopleCard } from '../team/people-card.tsx'
import { Header } from './header.tsx'
import './shell.css'

/** Everything of one tenant on one page. */
export function Shell(): ReactNode {
  const { channel, me, tenant } = useDesk()
  // What the others are told: that this person is here.
  const { members } = usePresence(channel, { view: 'home' })
  return (
    <>
      <Header members={members} />
      <main className="shell">
        <div className="shell-title">
          <h1>{tenant.name}</h1>
          <p className="hint">{me.role === 'OWNER' ? 'You own this company’s account.' : 'You work in this company’s account.'}</p>
        </div>
        <ErrorBoundary>
          <div className="shell-grid">
            <div className="shell-column">
              <SiteCard />
              <InvoicesCard />
              <ChatCard />
            </div>
            <div className="shell-column">
              <SubscriptionCard />
              <PeopleCard members={members} />
            </div>
          </div>
        </ErrorBoundary>
      </main>
      <Toasts />
    </>
  )
}
