import { channel, defineContract, event } from '@millrace/contract'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { job } from '../jobs/definition.ts'
import { drivers, type OpenStore, openStore, quick } from '../sqlite/test-subjects.ts'
import { openJobs } from './open-jobs.ts'

const contract = defineContract({
  channels: {
    orders: channel('orders', {
      events: {
        'order:state': event(z.string(), { delivery: 'retained' }),
        'order:done': event(z.number()),
        'order:failed': event(z.string()),
      },
    }),
  },
})
const order = job({
  ...{ input: z.object({ order: z.string() }), result: z.number(), channel: contract.channels.orders, params: () => ({}) },
  progress: { event: 'order:state', data: ({ state }) => state },
  completed: { event: 'order:done', data: ({ result }) => result },
  failed: { event: 'order:failed', data: ({ error }) => error },
})

let opened: OpenStore
beforeEach(() => {
  opened = openStore(drivers[0] ?? 'libsql', quick)
})
afterEach(() => opened.close())
const open = () => openJobs({ store: opened.store, jobs: { order }, tenant: 'acme' })

it('[OUT1] queues a job with the business transaction or not at all, before the call returns', async () => {
  const { app } = opened
  const jobs = open()
  app.exec('CREATE TABLE orders (id TEXT); BEGIN IMMEDIATE')
  void jobs.create('order', { order: 'lost' }, { tx: app })
  app.exec('ROLLBACK; BEGIN IMMEDIATE')
  const created = jobs.create('order', { order: 'kept' }, { tx: app, dedupeKey: 'kept' })
  app.exec('COMMIT')
  expect(await created).toMatchObject({ state: 'queued', input: { order: 'kept' } })
  expect((await jobs.list()).jobs.map(({ input }) => input)).toEqual([{ order: 'kept' }])
})

it('[OUT1] throws from the call what cannot be queued or ended, so that the transaction rolls back', async () => {
  const { app } = opened
  const jobs = open()
  const { id } = await jobs.create('order', { order: 'a' })
  const claimed = await jobs.claim('order')
  app.exec('BEGIN IMMEDIATE')
  // Hold: these are wrong on purpose.
  expect(() => jobs.create('order', {} as never, { tx: app })).toThrow(expect.objectContaining({ code: 'invalid_payload' }))
  expect(() => claimed?.complete('text' as never, { tx: app })).toThrow(expect.objectContaining({ code: 'invalid_payload' }))
  app.exec('ROLLBACK')
  await jobs.cancel(id)
  app.exec('BEGIN IMMEDIATE')
  expect(() => claimed?.complete(1, { tx: app })).toThrow(expect.objectContaining({ code: 'conflict' }))
  app.exec('ROLLBACK')
  expect(claimed?.signal.aborted).toBe(true)
})

it('[JOB1] ends a job with what its work has written, as one: after a rollback it can be ended again', async () => {
  const { app } = opened
  const jobs = open()
  const { id } = await jobs.create('order', { order: 'a' })
  const claimed = await jobs.claim('order')
  app.exec('BEGIN IMMEDIATE')
  await claimed?.complete(7, { tx: app })
  app.exec('ROLLBACK')
  expect(await jobs.get(id)).toMatchObject({ state: 'running' })
  app.exec('BEGIN IMMEDIATE')
  void claimed?.complete(8, { tx: app })
  app.exec('COMMIT')
  expect(await jobs.get(id)).toMatchObject({ state: 'completed', result: 8 })
})

it('[JOB1] leaves what a worker reports to a server on the same file, whatever else the worker writes', async () => {
  const jobs = open()
  const { id } = await jobs.create('order', { order: 'a' })
  await (await jobs.claim('order'))?.complete(7)
  const server = opened.peer()
  const ends = new Promise<string>((resolve) => {
    server.store.outbox.listen((envelopes) => {
      for (const { event: name, json } of envelopes) if (name === 'order:done') resolve(json)
    })
  })
  expect(await ends).toBe('7')
  expect(await openJobs({ store: server.store, jobs: { order }, tenant: 'acme' }).get(id)).toMatchObject({ state: 'completed' })
  await server.close()
})
