import { describe, expect, it } from 'vitest'
import { Replica } from './replica.ts'
import { type ReplicaMessage, versionOf } from './replica-message.ts'

interface Said {
  readonly from: string
  readonly message: ReplicaMessage
  /** Whom it does not reach. */
  readonly lostTo: readonly string[]
}

/** Nodes that speak over a line which takes a step of 100 ms, compare every ten seconds, each at its own time, and change all the time. */
class Line {
  readonly nodes = new Map<string, Replica>()
  now = 0
  #onItsWay: Said[] = []
  #changes = 0
  /** All that was said, but for the changes themselves and the regular comparisons. */
  said: ReplicaMessage[] = []
  /** Who had to read an answer. */
  answersRead: string[] = []

  open(node: string): Replica {
    let version = 0
    const replica = new Replica({ self: node, nextVersion: () => ++version })
    this.nodes.set(node, replica)
    return replica
  }

  say(from: string, messages: readonly ReplicaMessage[], lostTo: readonly string[] = []): void {
    for (const message of messages) this.#onItsWay.push({ from, message, lostTo })
  }

  step(isBusy: boolean, lostTo: readonly string[] = []): void {
    this.now += 100
    const arriving = this.#onItsWay
    this.#onItsWay = []
    for (const said of arriving)
      for (const node of this.nodes.keys()) if (node !== said.from && !said.lostTo.includes(node)) this.#hear(node, said)
    for (const [index, [node, replica]] of [...this.nodes].entries()) {
      if (isBusy) {
        const n = this.#changes++
        replica.put({ connectionId: `${node}-${n % 500}`, userId: `u${n % 500}`, state: n }, this.now)
        this.say(node, replica.takeDeltas(this.now), index === 0 ? lostTo : [])
      }
      this.#answer(node, replica.takeAnswers(this.now))
      if (this.now % 10_000 === index * 100) this.say(node, [replica.roll()])
    }
  }

  run(ms: number, isBusy: boolean): void {
    for (const end = this.now + ms; this.now < end; ) this.step(isBusy)
  }

  views(): readonly unknown[] {
    return [...this.nodes.values()].map(({ roster }) => roster.members())
  }

  #answer(node: string, messages: readonly ReplicaMessage[]): void {
    this.said.push(...messages)
    this.say(node, messages)
  }

  #hear(node: string, { from, message }: Said): void {
    const json = JSON.stringify(message)
    const replica = this.nodes.get(node)
    const version = versionOf(json)
    if (version !== null && replica?.knows(from, version, this.now)) return
    if (message.kind !== 'roll' && this.said.includes(message)) this.answersRead.push(node)
    this.#answer(node, replica?.receive(from, JSON.parse(json) as ReplicaMessage, this.now).asks ?? [])
  }
}

/** Ten nodes that know each other, each with people of its own. */
function tenNodes(): Line {
  const line = new Line()
  for (let n = 0; n < 10; n++) line.open(`n${n}`)
  line.run(20_000, true)
  line.said = []
  line.answersRead = []
  return line
}

function kinds(said: readonly ReplicaMessage[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { kind } of said) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

describe('what ten nodes say to each other', () => {
  it('[PRE1] is nothing but changes and comparisons while nothing is lost, however much is on its way', () => {
    const line = tenNodes()
    line.run(60_000, true)
    expect(line.said).toEqual([])
    line.run(11_000, false)
    expect(line.said).toEqual([])
    for (const view of line.views()) expect(view).toEqual(line.views()[0])
  })

  it('[PRE1] is one answer with what was lost, however many lost it and ask, which nobody else reads', () => {
    const line = tenNodes()
    const losers = ['n4', 'n5', 'n6', 'n7']
    line.step(true, losers)
    // The next change shows the hole.
    line.step(true)
    line.run(2_000, false)
    expect(kinds(line.said)).toEqual({ roll: 4, delta: 1 })
    expect(line.said.at(-1)).toMatchObject({ put: [{}, {}], gone: [] })
    expect(line.answersRead).toEqual(losers)
    for (const view of line.views()) expect(view).toEqual(line.views()[0])
  })

  it('[PRE1] is one answer after a comparison where the last change before a silence was lost', () => {
    const line = tenNodes()
    line.step(true, ['n4'])
    line.run(20_000, false)
    expect(kinds(line.said)).toMatchObject({ delta: 1 })
    expect(line.answersRead).toEqual(['n4'])
    for (const view of line.views()) expect(view).toEqual(line.views()[0])
  })

  it('[PRE1] is everything, told twice in four seconds and not three times, when three more come one after the other', () => {
    const line = new Line()
    const large = line.open('n0')
    for (let n = 0; n < 5_000; n++) large.put({ connectionId: `c${n}`, userId: `u${n}`, state: null }, 0)
    line.say('n0', large.takeDeltas(0))
    line.run(2_000, false)
    for (const node of ['n1', 'n2', 'n3']) {
      line.say(node, [line.open(node).roll()])
      line.run(200, false)
    }
    line.run(1_000, false)
    expect(kinds(line.said)).toEqual({ state: 20 })
    line.run(3_000, false)
    expect(kinds(line.said)).toEqual({ state: 40 })
    // The second answer is for two of them: the one that has everything does not read it.
    expect(line.views().map((view) => (view as readonly unknown[]).length)).toEqual([5_000, 5_000, 5_000, 5_000])
    expect(line.answersRead.filter((node) => node === 'n1')).toHaveLength(20)
  })
})
