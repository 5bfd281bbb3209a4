import { describe, expect, it } from 'vitest'
import { Members, memberDefaults } from './members.ts'

/** Beats of our own, of which each comes back. */
function echoes(members: Members, count: number, from: number): readonly string[] {
  const dead: string[] = []
  for (let n = 1; n <= count; n++) dead.push(...members.echo(from + n * memberDefaults.beatMs))
  return dead
}

describe('which nodes are alive', () => {
  it('[PRE2] thinks a node dead that was silent while beats of our own went round for more than eight seconds', () => {
    const members = new Members({ self: 'n1', now: 0 })
    members.beat('n2', 0)
    members.beat('n3', 0)
    expect(echoes(members, 4, 0)).toEqual([])
    members.beat('n3', 0)
    expect(echoes(members, 1, 8_000)).toEqual(['n2'])
    expect(members.others).toEqual(['n3'])
  })

  it('[PRE2] takes no silence for death while nothing comes back, or for what comes back all at once', () => {
    const members = new Members({ self: 'n1', now: 0 })
    members.beat('n2', 0)
    expect(members.isConnected(5_999)).toBe(true)
    expect(members.isConnected(6_000)).toBe(false)
    for (let n = 0; n < 10; n++) expect(members.echo(600_000)).toEqual([])
    expect(echoes(members, 2, 600_000)).toEqual([])
    members.restored(605_000)
    expect(echoes(members, 4, 605_000)).toEqual([])
    expect(echoes(members, 1, 613_000)).toEqual(['n2'])
  })

  it('[PRE2] listens to a dead node when it beats again, and never to one that has left', () => {
    const members = new Members({ self: 'n1', now: 0 })
    expect(members.said('n2', 0)).toBe(true)
    expect(echoes(members, 5, 0)).toEqual(['n2'])
    expect(members.said('n2', 0)).toBe(false)
    members.beat('n2', 7)
    expect([members.said('n2', 0), members.joinedAt('n2')]).toEqual([true, 7])
    expect([members.left('n2'), members.left('n2')]).toEqual([true, false])
    members.beat('n2', 0)
    expect([members.said('n2', 0), members.others]).toEqual([false, []])
  })

  it('remembers a bounded number of those that are gone', () => {
    const members = new Members({ self: 'n1', now: 0 })
    for (let n = 0; n <= memberDefaults.goneMax; n++) members.left(`old${n}`)
    expect([members.said('old0', 0), members.said('old1', 0)]).toEqual([true, false])
  })
})
