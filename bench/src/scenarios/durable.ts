import type { Scenario } from '../scenario.ts'

const warmUp = { publishers: 100, seconds: 1 }

/** Publications that survive a power cut, one publisher after the other's answer. */
export const durable: Scenario = {
  name: 'durable',
  subjects: ['stock', 'millrace'],
  run: ({ start, seconds }) =>
    start(async ({ server }) => {
      await server.ask('publishInTurn', warmUp)
      const one = await server.ask('publishInTurn', { publishers: 1, seconds })
      const many = await server.ask('publishInTurn', { publishers: 100, seconds })
      return [
        { key: 'one', label: 'durable publications, one publisher', unit: '/s', better: 'higher', value: one.perSecond },
        { key: 'many', label: 'durable publications, 100 publishers', unit: '/s', better: 'higher', value: many.perSecond },
      ]
    }),
}
