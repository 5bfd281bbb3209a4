import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Notification } from '@millrace/contract'
import { remove, upsert } from '../live-list/row-change.ts'
import type { Observer } from '../observer.ts'
import type { BindingCase, BindingDriver, BindingUse, Mounted, PurchaseListOptions } from './binding-driver.ts'
import { mill } from './mill-contract.ts'
import { type Started, startClient } from './start-client.ts'

const seven = () => mill.channels.mill({ millId: 7 })
const eight = () => mill.channels.mill({ millId: 8 })
const nothing = (): void => {}

const listOptions: PurchaseListOptions = {
  load: () => [{ id: 'a', kg: 1 }],
  key: (row) => row.id,
  apply: { 'purchase:created': (purchase) => upsert(purchase), 'purchase:deleted': ({ id }) => remove(id) },
}

function uses(ref: ReturnType<typeof seven> | null): readonly BindingUse[] {
  return [
    { hook: 'connection' },
    { hook: 'event', ref, handler: nothing },
    { hook: 'gap', ref, handler: nothing },
    { hook: 'status', ref },
    { hook: 'retained', ref },
    { hook: 'list', ref, options: listOptions },
    { hook: 'request' },
    { hook: 'presence', ref, state: { screen: 'one' } },
    { hook: 'typing', ref },
    { hook: 'notifications' },
  ]
}

type Scene = Started & {
  readonly driver: BindingDriver
  readonly mount: (use: BindingUse) => Mounted
  /** Lets time go by. */
  readonly pass: (ms?: number) => Promise<void>
}

async function scene(driver: BindingDriver): Promise<Scene> {
  const started = startClient()
  const pass = (ms = 0): Promise<void> => driver.act(() => started.clock.advance(ms))
  return { ...started, driver, pass, mount: (use) => driver.mount(started.client, use) }
}

/** Calls what a hook has answered as a function. */
function call(mounted: Mounted, name: string, ...args: readonly unknown[]): unknown {
  const run = mounted.current()[name]
  if (typeof run !== 'function') throw new TypeError(`the hook answers no function "${name}"`)
  return run(...args)
}

function counted<T>(observer: Observer<T>): { readonly live: () => number } & Observer<T> {
  let live = 0
  return {
    ...observer,
    live: () => live,
    subscribe(listener) {
      const stop = observer.subscribe(listener)
      live++
      let stopped = false
      return () => {
        if (!stopped) live--
        stopped = true
        stop()
      }
    },
  }
}

const notification = (id: string): Notification => ({ id, type: 't', title: id, message: '', createdAt: 1, readAt: null })

/** What React and Vue do alike (CLI5). */
export const bindingCases: readonly BindingCase[] = [
  {
    title: 'shows the connection as it changes',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const connection = mount({ hook: 'connection' })
      await pass()
      equal(connection.current().state, 'live')
      await driver.act(() => server.cut())
      equal(connection.current().state, 'reconnecting')
      await pass(1_000)
      equal(connection.current().state, 'live')
      connection.unmount()
    },
  },
  {
    title: '[CLI3] leaves nothing behind after a thousand mounts',
    async run(driver) {
      const { client, clock, server, pass } = await scene(driver)
      const connection = counted(client.connection)
      const inbox = { ...client.inbox, ...counted(client.inbox) }
      const counting = { ...client, connection, inbox }
      const all = uses(seven())
      for (let mounts = 0; mounts < 1_000; mounts += all.length) {
        let mounted: readonly Mounted[] = []
        await driver.act(() => {
          mounted = all.map((use) => driver.mount(counting, use))
        })
        if (mounts % 100 === 0) await pass()
        await driver.act(() => {
          for (const one of mounted) one.unmount()
        })
      }
      await pass(10_000)
      equal(connection.live(), 0)
      equal(inbox.live(), 0)
      deepEqual([...server.socket.channels], [])
      equal(clock.pending, 0)
    },
  },
  {
    title: '[CLI4] makes one subscription for many components',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const mounted = [...uses(seven()), ...uses(seven())].map(mount)
      await pass()
      equal(server.socket.received.filter(({ event }) => event === 'mr:subscribe').length, 1)
      for (const one of mounted) one.unmount()
      await pass(1_000)
      equal(server.socket.received.filter(({ event }) => event === 'mr:unsubscribe').length, 1)
    },
  },
  {
    title: 'calls the newest handler without subscribing again',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const heard: string[] = []
      const listener = mount({ hook: 'event', ref: seven(), handler: ({ id }) => heard.push(`first ${id}`) })
      await pass()
      await driver.act(() => void server.publish('mill:7', 'purchase:created', { id: 'a', kg: 1 }))
      await pass()
      await driver.act(() => listener.update({ hook: 'event', ref: seven(), handler: ({ id }) => heard.push(`second ${id}`) }))
      await driver.act(() => void server.publish('mill:7', 'purchase:created', { id: 'b', kg: 1 }))
      await pass(1_000)
      deepEqual(heard, ['first a', 'second b'])
      deepEqual(
        server.socket.received.map(({ event }) => event),
        ['mr:subscribe'],
      )
      listener.unmount()
    },
  },
  {
    title: 'moves to another channel with the ref, and to none with null',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const heard: string[] = []
      const handler = ({ id }: { readonly id: string }): void => void heard.push(id)
      const listener = mount({ hook: 'event', ref: null, handler })
      const retained = mount({ hook: 'retained', ref: null })
      await pass(1_000)
      deepEqual([...server.socket.channels], [])
      for (const [ref, expected] of [
        [seven(), ['mill:7']],
        [eight(), ['mill:8']],
        [null, []],
      ] as const) {
        await driver.act(() => {
          listener.update({ hook: 'event', ref, handler })
          retained.update({ hook: 'retained', ref })
        })
        await pass(1_000)
        deepEqual([...server.socket.channels], expected)
        for (const name of ['mill:7', 'mill:8']) server.publish(name, 'purchase:created', { id: name, kg: 1 })
        server.retain('mill:8', 'dashboard:stats', '', { total: 8 })
        await pass()
        deepEqual(retained.current().value, ref?.name === 'mill:8' ? { total: 8 } : undefined)
      }
      deepEqual(heard, ['mill:7', 'mill:8'])
      listener.unmount()
      retained.unmount()
    },
  },
  {
    title: 'tells a gap once',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const told: string[] = []
      const gap = mount({ hook: 'gap', ref: seven(), handler: ({ why }) => void told.push(why) })
      await pass()
      await driver.act(() => {
        server.cut()
        for (const id of ['a', 'b']) server.publish('mill:7', 'purchase:created', { id, kg: 1 })
        server.trim('mill:7')
      })
      await pass(5_000)
      deepEqual(told, ['expired'])
      gap.unmount()
    },
  },
  {
    title: 'shows how the subscription stands, without subscribing',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const status = mount({ hook: 'status', ref: seven() })
      await pass(1_000)
      equal(status.current().state, 'idle')
      server.policy = () => ({ code: 'denied', message: 'not your mill', retry: false })
      const listener = mount({ hook: 'event', ref: seven(), handler: nothing })
      await pass()
      equal(status.current().state, 'refused')
      listener.unmount()
      await pass(1_000)
      equal(status.current().state, 'idle')
      status.unmount()
    },
  },
  {
    title: 'shows rows that were loaded and follow their events, with the newest functions',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const list = mount({ hook: 'list', ref: seven(), options: listOptions })
      const keys = (): unknown => {
        const { rows } = list.current()
        return rows instanceof Map ? [...rows.keys()] : rows
      }
      equal(list.current().status, 'loading')
      await pass()
      equal(list.current().status, 'live')
      deepEqual(keys(), ['a'])
      await driver.act(() =>
        list.update({ hook: 'list', ref: seven(), options: { ...listOptions, apply: { 'purchase:created': () => remove('a') } } }),
      )
      await driver.act(() => void server.publish('mill:7', 'purchase:created', { id: 'b', kg: 1 }))
      await pass()
      deepEqual(keys(), [])
      await driver.act(() => void call(list, 'reload'))
      await pass()
      deepEqual(keys(), ['a'])
      equal(server.socket.received.length, 1)
      await driver.act(() => list.update({ hook: 'list', ref: null, options: listOptions }))
      equal(list.current().status, 'idle')
      list.unmount()
    },
  },
  {
    title: 'asks a request, shows the newest answer, and never rejects',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      server.handle = (_, input) => {
        const { millId } = input as { readonly millId: string }
        if (millId === '0') throw new Error('no such mill')
        return { total: Number(millId) }
      }
      const request = mount({ hook: 'request' })
      equal(request.current().status, 'idle')
      const results: unknown[] = []
      const run = (millId: string) =>
        driver.act(async () => {
          results.push(await call(request, 'run', { millId }))
        })
      await pass()
      await run('1')
      equal(request.current().status, 'success')
      deepEqual(request.current().data, { total: 1 })
      await run('0')
      equal(request.current().status, 'error')
      deepEqual(request.current().data, { total: 1 })
      deepEqual(
        results.map((result) => (result as { readonly ok: boolean }).ok),
        [true, false],
      )
      await driver.act(() => void call(request, 'reset'))
      equal(request.current().status, 'idle')
      request.unmount()
    },
  },
  {
    title: 'joins presence with a state, updates it, and leaves it',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const presence = mount({ hook: 'presence', ref: seven(), state: { screen: 'one' } })
      await pass(100)
      equal(presence.current().status, 'live')
      deepEqual(server.socket.received[0]?.payload, { channel: 'mill:7', presence: { state: { screen: 'one' } } })
      await driver.act(() => presence.update({ hook: 'presence', ref: seven(), state: { screen: 'one' } }))
      await pass(100)
      equal(server.socket.received.length, 1)
      await driver.act(() => presence.update({ hook: 'presence', ref: seven(), state: { screen: 'two' } }))
      await pass(100)
      deepEqual(server.socket.received[1]?.payload, { channel: 'mill:7', state: { screen: 'two' } })
      await driver.act(() => presence.update({ hook: 'presence', ref: seven() }))
      await pass(100)
      deepEqual(server.socket.received.at(-1)?.payload, { channel: 'mill:7', position: { epoch: 'e1', offset: 0 } })
      presence.unmount()
    },
  },
  {
    title: '[PRE4] shows who is typing, and ends its own typing with the component',
    async run(driver) {
      const { mount, server, pass } = await scene(driver)
      const typing = mount({ hook: 'typing', ref: seven() })
      await pass()
      await driver.act(() => server.signal('mill:7', 'typing:start', { user: { id: 'ravi' } }))
      await pass()
      deepEqual(
        (typing.current().typists as readonly { readonly id: string }[]).map(({ id }) => id),
        ['ravi'],
      )
      await driver.act(() => void call(typing, 'start'))
      typing.unmount()
      await pass()
      deepEqual(
        server.socket.received.filter(({ event }) => event === 'mr:typing').map(({ payload }) => payload),
        [
          { channel: 'mill:7', active: true },
          { channel: 'mill:7', active: false },
        ],
      )
    },
  },
  {
    title: '[INB3] shows notifications, changes them at once and says what was refused',
    async run(driver) {
      const { mount, server, pass, clock } = await scene(driver)
      server.inbox.notifications = [notification('b'), notification('a')]
      const bell = mount({ hook: 'notifications' })
      await pass()
      equal(bell.current().unread, 2)
      await driver.act(async () => {
        const marked = call(bell, 'markRead', ['a'])
        deepEqual(await marked, { ok: true })
      })
      equal(bell.current().unread, 1)
      server.admit = () => ({ code: 'auth_inactive', message: 'not active', retry: false })
      await driver.act(() => server.cut())
      let result: unknown
      await driver.act(async () => {
        const marking = Promise.resolve(call(bell, 'markAllRead')).then((answer) => {
          result = answer
        })
        await clock.advance(20_000)
        await marking
      })
      ok(typeof result === 'object' && result !== null && 'ok' in result && result.ok === false)
      equal(bell.current().unread, 1)
      bell.unmount()
    },
  },
]
