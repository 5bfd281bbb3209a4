import { join } from 'node:path'
import { describeAlertConformance } from '../alerts/conformance.ts'
import { describeInboxConformance } from '../inbox/conformance.ts'
import { describeJobConformance } from '../jobs/conformance.ts'
import { describeLeaseConformance } from '../leases/conformance.ts'
import { describeLogConformance } from '../log/conformance.ts'
import { describeOutboxConformance } from '../outbox/conformance.ts'
import type { ConformanceTransactions } from '../store-conformance.ts'
import type { DriverName } from './driver.ts'
import { drivers, newFolder, type OpenStore, openHandle, openStore, quick } from './test-subjects.ts'

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

function transactionsOf(driver: DriverName, { app }: OpenStore): ConformanceTransactions {
  return {
    async begin() {
      app.exec('BEGIN IMMEDIATE')
      return app
    },
    commit: async () => void app.exec('COMMIT'),
    rollback: async () => void app.exec('ROLLBACK'),
    async foreign() {
      const other = openHandle(driver, join(newFolder(), 'other.db'))
      other.exec('BEGIN IMMEDIATE')
      return other
    },
  }
}

for (const driver of drivers) {
  const name = `sqlite on ${driver}`

  const logs = keeper(({ store }) => store.log)
  describeLogConformance({
    name,
    create: async (options) => logs.keep(openStore(driver, { ...options, ...quick })),
    reopen: async (log) => logs.keep(await logs.of(log).reopen()),
    peer: async (log) => logs.keep(logs.of(log).peer()),
    dispose: (log) => logs.of(log).close(),
  })

  const leases = keeper(({ store }) => store.leases)
  describeLeaseConformance({
    name,
    create: async (options) => leases.keep(openStore(driver, { ...options, ...quick })),
    peer: async (of) => leases.keep(leases.of(of).peer()),
    dispose: (of) => leases.of(of).close(),
  })

  const homes = keeper((opened) => ({ ...opened.store, transactions: transactionsOf(driver, opened) }))
  describeOutboxConformance({
    name,
    create: async (options) => homes.keep(openStore(driver, { ...options, ...quick })),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeInboxConformance({
    name,
    create: async () => homes.keep(openStore(driver, quick)),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeJobConformance({
    name,
    create: async () => homes.keep(openStore(driver, quick)),
    peer: async (home) => homes.keep(homes.of(home).peer()),
    reopen: async (home) => homes.keep(await homes.of(home).reopen()),
    dispose: (home) => homes.of(home).close(),
  })
  describeAlertConformance({
    name,
    create: async () => homes.keep(openStore(driver, quick)),
    peer: async (home) => homes.keep(homes.of(home).peer()),
    dispose: (home) => homes.of(home).close(),
  })
}
