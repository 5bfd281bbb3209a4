import type { Figure, Run, Scenario } from '../scenario.ts'

const warmUp = { publishers: 100, seconds: 1 }

function inTurn({ start, seconds }: Run, where: string, options: { readonly postgres: boolean }): Promise<readonly Figure[]> {
  return start(async ({ server }) => {
    await server.ask('publishInTurn', warmUp)
    const one = await server.ask('publishInTurn', { publishers: 1, seconds })
    const many = await server.ask('publishInTurn', { publishers: 100, seconds })
    const rate = { unit: '/s', better: 'higher' } as const
    return [
      { key: 'one', label: `durable publications${where}, one publisher`, ...rate, value: one.perSecond },
      { key: 'many', label: `durable publications${where}, 100 publishers`, ...rate, value: many.perSecond },
    ]
  }, options)
}

/** Publications that survive a power cut, one publisher after the other's answer. */
export const durable: Scenario = {
  name: 'durable',
  subjects: ['stock', 'millrace'],
  run: (run) => inTurn(run, '', { postgres: false }),
}

/** The same, in PostgreSQL: beside one `insert` for each through a pool of ten connections, and beside one after the other. */
export const durablePostgres: Scenario = {
  name: 'durablePostgres',
  subjects: ['stock', 'millrace'],
  async run(run) {
    const figures = await inTurn(run, ' in PostgreSQL', { postgres: true })
    const alike = figures.find(({ key }) => key === (run.subject === 'stock' ? 'one' : 'many'))
    if (alike === undefined) return figures
    return [
      ...figures,
      { ...alike, key: 'grouped', label: 'rows in PostgreSQL: one insert after the other, and in groups of 100 publishers' },
    ]
  },
}
