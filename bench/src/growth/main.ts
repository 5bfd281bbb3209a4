import { measureBeats } from './beats.ts'
import { measureChanges } from './changes.ts'
import { measurePeople } from './people.ts'
import { measureFanOut, measureSubscriptions } from './subscriptions.ts'

/** Single figures of docs/guides/growth.md: `npm run bench:growth -- [people] [beats] [subscriptions] [fanout] [changes]`. */
const redisUrl = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379'
const nodes = 100
const measurements = {
  people: [() => measurePeople(nodes, 10_000)],
  beats: [0, 100, 1_000].map((users) => () => measureBeats(nodes, users)),
  subscriptions: [() => measureSubscriptions(redisUrl, 100_000)],
  fanout: [1, 10, 100].map((count) => () => measureFanOut(redisUrl, count)),
  changes: [1, 1_000, 10_000].map((channels) => () => measureChanges(channels)),
}
const chosen = process.argv.slice(2)
for (const [name, runs] of Object.entries(measurements)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  for (const run of runs) console.log(name, await run())
}
