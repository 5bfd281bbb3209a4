// @vitest-environment happy-dom
import { upsert } from '@millrace/client'
import { mill, scriptedServer, startClient } from '@millrace/client/testing'
import { act, cleanup, render } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, it, vi } from 'vitest'
import {
  MillraceProvider,
  useClient,
  useConnection,
  useEvent,
  useLiveList,
  useNotifications,
  usePresence,
  useRetained,
  useTyping,
} from './index.ts'

afterEach(cleanup)

function Page(): ReactNode {
  const ref = mill.channels.mill({ millId: 7 })
  const connection = useConnection()
  const { value } = useRetained(ref, 'dashboard:stats')
  const list = useLiveList(ref, {
    load: () => [{ id: 'a', kg: 1 }],
    key: (row) => row.id,
    apply: { 'purchase:created': (purchase) => upsert(purchase) },
  })
  const { members } = usePresence(ref, { screen: 'page' })
  const { typists } = useTyping(ref)
  const { unread } = useNotifications()
  return <p>{[connection.state, String(value?.total), list.status, list.rows.size, members.length, typists.length, unread].join(' ')}</p>
}

function Listener({ onHeard }: { readonly onHeard: (id: string) => void }): null {
  useEvent(mill.channels.mill({ millId: 7 }), 'purchase:created', ({ id }) => onHeard(id))
  return null
}

function Lost(): null {
  useClient()
  return null
}

it('renders the disconnected state on a server, and asks for nothing', async () => {
  const { client, server, clock } = startClient()
  const html = renderToString(
    <MillraceProvider client={client}>
      <Page />
    </MillraceProvider>,
  )
  expect(html).toBe('<p>idle undefined loading 0 0 0 0</p>')
  await clock.advance(1_000)
  expect(server.sockets).toHaveLength(0)
  expect(clock.pending).toBe(0)
})

it('hydrates a page of the server with a client that is live already', async () => {
  const { client, server, clock, settle } = startClient()
  server.retain('mill:7', 'dashboard:stats', '', { total: 4 })
  client.retained(mill.channels.mill({ millId: 7 }), 'dashboard:stats').subscribe(() => {})
  await settle()
  const container = document.createElement('div')
  container.innerHTML = '<p>idle undefined loading 0 0 0 0</p>'
  const wrong = vi.fn()
  let root: ReturnType<typeof hydrateRoot> | undefined
  await act(async () => {
    const page = (
      <MillraceProvider client={client}>
        <Page />
      </MillraceProvider>
    )
    root = hydrateRoot(container, page, { onRecoverableError: wrong })
    await clock.advance(100)
  })
  expect(wrong).not.toHaveBeenCalled()
  expect(container.textContent).toBe('live 4 live 1 1 0 0')
  await act(async () => root?.unmount())
})

it('moves with the provider to another client', async () => {
  const first = startClient()
  const second = startClient({ server: scriptedServer({ user: { id: 'ravi', roles: [] } }) })
  const heard: string[] = []
  const tree = (client: typeof first.client): ReactNode => (
    <StrictMode>
      <MillraceProvider client={client}>
        <Listener onHeard={(id) => heard.push(id)} />
      </MillraceProvider>
    </StrictMode>
  )
  const { rerender, unmount } = render(tree(first.client))
  await act(() => first.settle())
  rerender(tree(second.client))
  await act(() => second.settle())
  await act(() => first.clock.advance(1_000))
  expect([...first.server.socket.channels]).toEqual([])
  second.server.publish('mill:7', 'purchase:created', { id: 'a', kg: 1 })
  await act(() => second.settle())
  expect(heard).toEqual(['a'])
  unmount()
  await second.clock.advance(1_000)
  expect([...second.server.socket.channels]).toEqual([])
})

it('says what is missing without a provider', () => {
  expect(() => renderToString(<Lost />)).toThrow('<MillraceProvider client={client}>')
})
