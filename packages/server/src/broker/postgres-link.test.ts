import { MillraceError } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import type { PgNotification, PgRow, PgSession } from '../postgres/port.ts'
import { linkDefaults, PostgresLink } from './postgres-link.ts'

const checkChannel = 'millrace_check_1'

/** A server that answers at once, unless it is `silent`; or is `away`. */
function subject(clock: ManualClock) {
  const server = { silent: false, away: false, connects: 0 }
  const seen: string[] = []
  const open: { lose: () => void; notify: (notification: PgNotification) => void; released: boolean }[] = []
  const link = new PostgresLink({
    ...{ clock, checkChannel, random: () => 1 },
    database: {
      rows: () => Promise.reject(new Error('not used')),
      transact: () => Promise.reject(new Error('not used')),
      async connect(onLost) {
        server.connects += 1
        if (server.away) throw new MillraceError('unavailable', 'away')
        const connection = { lose: onLost, notify: (_: PgNotification) => {}, released: false }
        open.push(connection)
        const session: PgSession = {
          async rows(_, values): Promise<readonly PgRow[]> {
            const [channel, payload] = values ?? []
            if (server.silent) return new Promise(() => {})
            connection.notify({ channel: String(channel), payload: String(payload), sender: 1 })
            return []
          },
          transact: () => Promise.reject(new Error('not used')),
          onNotification(run) {
            connection.notify = run
          },
          async run(text) {
            seen.push(text)
          },
          release() {
            connection.released = true
          },
        }
        return session
      },
    },
    onNotification: ({ payload }) => seen.push(`heard ${payload}`),
    prepare: async () => void seen.push('prepared'),
    onLost: ({ message }) => seen.push(`lost: ${message}`),
    onRestored: () => seen.push('restored'),
  })
  return { link, server, seen, open }
}

it('[HLT1] is up when the subscriptions are in force, and shows nothing of its checks', async () => {
  const clock = manualClock()
  const { link, seen, open } = subject(clock)
  await link.start()
  expect(seen).toEqual([`LISTEN ${checkChannel}`, 'prepared'])
  await link.check()
  open[0]?.notify({ channel: 'millrace_1', payload: 'x', sender: 2 })
  expect(seen.slice(2)).toEqual(['heard x'])
  link.close()
  expect(open[0]?.released).toBe(true)
  expect(clock.pending).toBe(0)
})

it('[HLT2] connects again at once, then after pauses that double from 100 ms to 2 s, and says when it is restored', async () => {
  const clock = manualClock()
  const { link, server, seen, open } = subject(clock)
  await link.start()
  server.away = true
  open[0]?.lose()
  await clock.advance(0)
  expect(link.session).toBeNull()
  await expect(link.use(async () => 1)).rejects.toMatchObject({ code: 'unavailable' })
  const pauses: number[] = []
  for (let before = clock.now(); pauses.length < 7; ) {
    const { connects } = server
    while (server.connects === connects) await clock.advance(10)
    pauses.push(clock.now() - before)
    before = clock.now()
  }
  expect(pauses).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
  server.away = false
  await clock.advance(2_000)
  expect(seen.slice(2)).toEqual(['lost: the connection of the broker was lost', `LISTEN ${checkChannel}`, 'prepared', 'restored'])
  expect(await link.use(async () => 1)).toBe(1)
  // Once it was seen to work, it begins with short pauses again.
  await clock.advance(linkDefaults.checkEveryMs)
  server.away = true
  open[1]?.lose()
  await clock.advance(0)
  const { connects } = server
  await clock.advance(100)
  expect(server.connects).toBe(connects + 1)
  link.close()
  expect(clock.pending).toBe(0)
})

it('[HLT2] makes no connection after the other without a pause, where each is lost as soon as it is there', async () => {
  const clock = manualClock()
  const { link, server, open } = subject(clock)
  await link.start()
  for (let lost = 0; lost < 6; lost += 1) {
    open.at(-1)?.lose()
    await clock.advance(0)
    while (link.session === null) await clock.advance(10)
  }
  const before = clock.now()
  open.at(-1)?.lose()
  await clock.advance(0)
  while (link.session === null) await clock.advance(10)
  expect(clock.now() - before).toBe(linkDefaults.longestPauseMs)
  expect(server.connects).toBe(8)
  link.close()
})

it('[HLT1] gives up, within 3 s and unasked, a connection on which nothing comes round', async () => {
  const clock = manualClock()
  const { link, server, seen, open } = subject(clock)
  await link.start()
  server.silent = true
  await clock.advance(linkDefaults.checkEveryMs + linkDefaults.checkTimeoutMs)
  expect(open[0]?.released).toBe(true)
  expect(seen.slice(2)).toEqual([
    'lost: a notification of PostgreSQL did not come back in time',
    `LISTEN ${checkChannel}`,
    'prepared',
    'restored',
  ])
  const checking = link.check()
  const refused = expect(checking).rejects.toMatchObject({
    code: 'unavailable',
    message: 'a notification of PostgreSQL did not come back in time',
  })
  await clock.advance(linkDefaults.checkTimeoutMs)
  await refused
  link.close()
})

it('[HLT2] keeps a connection on which other things come: what is behind them is late, not lost', async () => {
  const clock = manualClock()
  const { link, server, open } = subject(clock)
  await link.start()
  server.silent = true
  const late = expect(link.check()).rejects.toMatchObject({ code: 'unavailable' })
  for (let waited = 0; waited < 10_000; waited += 500) {
    open[0]?.notify({ channel: 'millrace_1', payload: 'x', sender: 2 })
    await clock.advance(500)
  }
  await late
  expect(open).toHaveLength(1)
  expect(link.session).not.toBeNull()
  link.close()
})

it('[HLT2] refuses what waits for its turn on a connection that is lost', async () => {
  const clock = manualClock()
  const { link, open } = subject(clock)
  await link.start()
  let over = () => {}
  const first = link.use(() => new Promise<void>((resolve) => (over = resolve)))
  const second = link.use(async () => 'never')
  await clock.advance(0)
  open[0]?.lose()
  over()
  await first
  await expect(second).rejects.toMatchObject({ code: 'unavailable' })
  link.close()
})

it('[HLT3] stays closed, also where it was just connecting', async () => {
  const clock = manualClock()
  const { link, open, seen } = subject(clock)
  await link.start()
  open[0]?.lose()
  link.close()
  await clock.advance(10_000)
  expect(open.every(({ released }, index) => index === 0 || released)).toBe(true)
  expect(seen).not.toContain('restored')
  expect(clock.pending).toBe(0)
})
