import { expect, it } from 'vitest'
import { type Outgoing, OutgoingGroups } from './postgres-outgoing.ts'

function subject(limits: { maxWaiting?: number; maxWaitingBytes?: number } = {}) {
  const sent: string[][] = []
  const answers: { resolve: () => void; reject: (error: unknown) => void }[] = []
  const turns: (() => void)[] = []
  const groups = new OutgoingGroups({
    send(messages) {
      sent.push(messages.map(({ pieces }) => pieces.join('')))
      return new Promise((resolve, reject) => answers.push({ resolve, reject }))
    },
    nextTurn: (run) => turns.push(run),
    ...{ maxWaiting: 1_000, maxWaitingBytes: 10_000_000, ...limits },
  })
  const add = (text: string) => groups.add({ bucket: 'b', pieces: [text] } satisfies Outgoing)
  const settle = async () => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }
  return {
    ...{ groups, add, sent, answers, settle },
    async turn() {
      for (const run of turns.splice(0)) run()
      await settle()
    },
  }
}

it('[LOG3] sends what comes in one turn together, and what comes meanwhile as the next group, in order', async () => {
  const { add, sent, answers, turn, settle } = subject()
  const first = [add('a'), add('b')]
  await turn()
  const second = [add('c'), add('d')]
  await turn()
  expect(sent).toEqual([['a', 'b']])
  answers[0]?.resolve()
  await Promise.all(first)
  await settle()
  expect(sent).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
  answers[1]?.resolve()
  await Promise.all(second)
})

it('[HLT2] refuses a group that was not sent, and goes on with the next', async () => {
  const { add, sent, answers, turn, settle } = subject()
  const lost = add('a')
  await turn()
  const next = add('b')
  answers[0]?.reject(new Error('gone'))
  await expect(lost).rejects.toThrow('gone')
  await settle()
  expect(sent).toEqual([['a'], ['b']])
  answers[1]?.resolve()
  await next
})

it('[BP4] bounds what waits, by number and by size, and takes again what there is room for', async () => {
  const byNumber = subject({ maxWaiting: 2 })
  const taken = [byNumber.add('a'), byNumber.add('b')]
  await expect(byNumber.add('c')).rejects.toMatchObject({ code: 'unavailable', retry: true })
  await byNumber.turn()
  taken.push(byNumber.add('d'))
  byNumber.answers[0]?.resolve()
  await byNumber.settle()
  byNumber.answers[1]?.resolve()
  await Promise.all(taken)
  expect(byNumber.sent).toEqual([['a', 'b'], ['d']])

  const bySize = subject({ maxWaitingBytes: 10 })
  const large = bySize.add('x'.repeat(20))
  await expect(bySize.add('y')).rejects.toMatchObject({ code: 'unavailable' })
  await bySize.turn()
  const small = [bySize.add('y'), bySize.add('z')]
  bySize.answers[0]?.resolve()
  await bySize.settle()
  bySize.answers[1]?.resolve()
  await Promise.all([large, ...small])
})

it('[BP4] bounds a group, by number and by size: PostgreSQL lets one transaction at a time notify', async () => {
  const { add, sent, answers, turn, settle } = subject()
  const all = [...Array.from({ length: 600 }, (_, index) => add(`${index}`)), add('x'.repeat(1_000_000)), add('y'.repeat(1_000_000))]
  await turn()
  for (let index = 0; index < 4; index += 1) {
    answers[index]?.resolve()
    await settle()
  }
  await Promise.all(all)
  expect(sent.map((group) => group.length)).toEqual([500, 101, 1])
})

it('[HLT3] is idle when nothing waits and nothing is on its way', async () => {
  const { groups, add, answers, turn, settle } = subject()
  await groups.idle()
  const sent = add('a')
  let idle = false
  const waited = groups.idle().then(() => {
    idle = true
  })
  await turn()
  expect(idle).toBe(false)
  answers[0]?.resolve()
  await sent
  await settle()
  expect(idle).toBe(true)
  await waited
})
