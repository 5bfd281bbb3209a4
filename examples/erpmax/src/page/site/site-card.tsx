import { Badge, Button, Progress } from '@mantine/core'
import { useEvent, useGap, useRetained } from '@millrace/react'
import type { ReactNode } from 'react'
import type { Site } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { Card } from '../components/card.tsx'
import { Icon } from '../components/icon.tsx'
import { useAction } from '../hooks/use-action.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { stages } from './stages.ts'
import './site-card.css'

const looks = {
  queued: { color: 'gray', label: 'Queued' },
  provisioning: { color: 'iris', label: 'Being set up' },
  completed: { color: 'teal', label: 'Running' },
  failed: { color: 'red', label: 'Failed' },
} as const

/** The company's own site: how far it is, live, and then its address. */
export function SiteCard(): ReactNode {
  const { provisioning, rest, me } = useDesk()
  const { data: loaded, reload } = useLoaded('site', rest.site)
  // The newest state, whatever was missed; address and reason come with the end.
  const { value: live } = useRetained(provisioning, 'status:update')
  useEvent(provisioning, 'status:completed', reload)
  useEvent(provisioning, 'status:failed', reload)
  useGap(provisioning, reload)
  const retry = useAction(rest.retrySite)

  const site: Site | undefined = loaded && live ? { ...loaded, ...live } : loaded
  if (site === undefined)
    return (
      <Card icon="server" title="ERPNext site">
        <p className="hint">Loading…</p>
      </Card>
    )
  const { color, label } = looks[site.status]
  return (
    <Card icon="server" title="ERPNext site" aside={<Badge color={color}>{label}</Badge>}>
      <div className="site" data-status={site.status} data-progress={site.progress}>
        {site.status === 'completed' ? (
          <Running site={site} />
        ) : (
          <>
            <div className="site-line">
              <span className="site-message">{site.status === 'failed' ? 'The site could not be set up' : site.message}</span>
              <span className="site-percent num">{site.progress}%</span>
            </div>
            <Progress
              value={site.progress}
              size="lg"
              radius="xl"
              color={site.status === 'failed' ? 'red' : 'iris'}
              animated={site.status === 'provisioning'}
              transitionDuration={500}
              aria-label="Progress"
            />
            <ol className="site-stages">
              {stages.map(({ from, until, name }) => (
                <li
                  key={name}
                  data-state={site.progress >= until ? 'done' : site.progress >= from && site.status !== 'queued' ? 'now' : 'next'}
                >
                  <span className="site-dot">{site.progress >= until && <Icon name="check" size={12} />}</span>
                  {name}
                </li>
              ))}
            </ol>
          </>
        )}
        {site.status === 'failed' && (
          <div className="site-failed" role="alert">
            <Icon name="warning" size={18} />
            <span>{site.error ?? 'Something went wrong.'}</span>
            {me.role === 'OWNER' && (
              <Button size="xs" color="red" variant="light" loading={retry.busy} onClick={() => void retry.start().then(reload)}>
                Try again
              </Button>
            )}
          </div>
        )}
      </div>
    </Card>
  )
}

function Running({ site }: { readonly site: Site }): ReactNode {
  return (
    <div className="site-running">
      <span className="site-tick">
        <Icon name="check" size={26} />
      </span>
      <div>
        <b>Your site is running</b>
        <span className="site-address">
          {site.erpnext_url ?? 'One moment…'} <Icon name="link" size={15} />
        </span>
        <span className="hint">
          Set up <Ago time={Date.parse(site.updated_at)} />
        </span>
      </div>
    </div>
  )
}
