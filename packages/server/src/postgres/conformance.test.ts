import { describe } from 'vitest'
import { describeAlertConformance } from '../alerts/conformance.ts'
import { describeInboxConformance } from '../inbox/conformance.ts'
import { describeJobConformance } from '../jobs/conformance.ts'
import { describeLeaseConformance } from '../leases/conformance.ts'
import { describeLogConformance } from '../log/conformance.ts'
import { describeOutboxConformance } from '../outbox/conformance.ts'
import type { ConformanceTransactions } from '../store-conformance.ts'
import { newClient, newDatabase, type OpenStore, openStore, postgresIsThere, quick } from './test-subjects.ts'

/** Finds the store behind what a suite holds of it. */
function keeper<Part extends object>(partOf: (opened: OpenStore) => Part) {
  const stores = new WeakMap<object, OpenStore>()
  function keep(opened: OpenStore): Part {
    const part = partOf(opened)
    stores.set(part, opened)
    return part
  }
  function of(part: object): OpenStore {
    const found = stores.get(part)
    if (found === undefined) throw new Error('this was not opened here')
    return found
  }
  return { keep, of }
}

function transactionsOf({ app }: OpenStore): ConformanceTransactions {
  return {
    async begin() {
      await app.query('BEGIN')
      return app
    },
    commit: async () => void (await app.query('COMMIT')),
    rollback: async () => void (await app.query('ROLLBACK')),
    async foreign() {
      const other = await newClient(await newDatabase())
      await other.query('BEGIN')
      return other
    },
  }
}

describe.runIf(postgresIsThere)('PostgreSQL', () => {
  const name = 'postgres'
  const logs = keeper(({ store }) => store.log)
  describeLogConformance({
    name,
    create: async (options) => logs.keep(await openStore({ ...options, ...quick })),
    reopen: async (log) => logs.keep(await logs.of(log).reopen()),
    peer: async (log) => logs.keep(await logs.of(log).peer()),
    dispose: (log) => logs.of(log).close(),
  })

  const leases = keeper(({ store }) => store.leases)
  describeLeaseConformance({
    name,
    create: async (options) => leases.keep(await openStore({ ...options, ...quick })),
    peer: async (of) => leases.keep(await leases.of(of).peer()),
    // Its clock is the server's, which nobody can put forward: what counts is how much of the lease is left.
    pass: async (of, ms) => {
      await leases.of(of).app.query(`UPDATE millrace.leases SET until = until - $1::float8 * interval '1 ms'`, [ms])
    },
    dispose: (of) => leases.of(of).close(),
  })

  const homes = keeper((opened) => ({ ...opened.store, transactions: transactionsOf(opened) }))
  describeOutboxConformance({
    name,
    create: async (options) => homes.keep(await openStore({ ...options, ...quick })),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeInboxConformance({
    name,
    create: async () => homes.keep(await openStore(quick)),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeJobConformance({
    name,
    create: async () => homes.keep(await openStore(quick)),
    peer: async (home) => homes.keep(await homes.of(home).peer()),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeAlertConformance({
    name,
    create: async () => homes.keep(await openStore(quick)),
    peer: async (home) => homes.keep(await homes.of(home).peer()),
    dispose: (home) => homes.of(home).close(),
  })
})
