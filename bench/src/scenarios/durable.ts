import type { Scenario } from '../scenario.ts'

/** Publications that survive a power cut. */
export const durable: Scenario = {
  name: 'durable',
  stockNote: 'inserts a row, then sends',
  rounds: 3,
  async run(server) {
    await server.ask({ do: 'durable', concurrency: 100, count: 2_000 })
    const single = await server.ask({ do: 'durable', concurrency: 1, count: 2_000 })
    const many = await server.ask({ do: 'durable', concurrency: 100, count: 50_000 })
    return [
      { label: 'durable publications, one publisher', unit: '/s', better: 'higher', value: single.perSecond },
      { label: 'durable publications, 100 publishers', unit: '/s', better: 'higher', value: many.perSecond },
    ]
  },
}
