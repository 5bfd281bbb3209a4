import { eventually, openRawSession, pause, seededRandom, seedFromEnvironment } from '@millrace-tests/support'
import { startTestProcess, type TestProcess } from '@millrace-tests/support/server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RoundName, roundNames, rounds } from './attacks/rounds.ts'
import { wiretap } from './wiretap.ts'
import { type Canaries, plantCanaries } from './yard/canaries.ts'
import { people, sdkAuth } from './yard/people.ts'
import { startWitness, type Witness } from './yard/witness.ts'

const seed = seedFromEnvironment('FUZZ_SEED')
const roundsOfEach = Number(process.env.FUZZ_ROUNDS ?? 160)
const plenty = { perSecond: 100_000, burst: 100_000 }
const megabyte = 1_048_576

describe(`hostile input (run again with FUZZ_SEED=${seed})`, () => {
  const random = seededRandom(seed)
  let server: TestProcess
  let canaries: Canaries
  let witnesses: Witness[]
  let memoryBefore: number

  beforeAll(async () => {
    // A short heartbeat, so that who was left hanging is soon forgotten.
    server = await startTestProcess({
      heartbeat: { intervalMs: 1_000, timeoutMs: 1_000 },
      limits: { connectionsPerAddress: plenty, messagesPerUser: plenty, abuseAfter: 200 },
    })
    canaries = await plantCanaries(server, String(seed))
    witnesses = await Promise.all([startWitness(server, people.witness), startWitness(server, people.otherWitness)])
    memoryBefore = await server.memory()
  })
  afterAll(async () => {
    for (const witness of witnesses) witness.close()
    canaries.close()
    await server.child.kill()
  })

  it('[TEN2] lets the owners receive every canary, so that a leak would be seen', async () => {
    for (const [person, mills, secrets] of [
      [people.asha, ['9'], canaries.ofAsha],
      [people.bela, ['7', 'secret'], canaries.ofBela],
    ] as const) {
      const tap = wiretap(canaries.all)
      const session = await openRawSession({ url: server.url, auth: sdkAuth(person, 'owner'), onBytes: tap.add })
      for (const mill of mills)
        await session.ask('mr:subscribe', {
          channel: `mill:${mill}`,
          position: { epoch: canaries.targets.epochs[0], offset: 0 },
          presence: { state: { status: secrets.find((secret) => secret.includes('presence')) } },
        })
      await session.ask('mr:subscribe', { channel: `user:${person.sub}`, position: { epoch: canaries.targets.epochs[0], offset: 0 } })
      await session.ask('mr:inbox-list', {})
      await canaries.sing()
      await eventually('the owner has them all', () => tap.found.length >= secrets.length, { describe: () => tap.found })
      session.socket.destroy()
      expect(tap.found.toSorted()).toEqual([...secrets].sort())
    }
  })

  it.each(roundNames)('[BP4] [TEN2] survives %s, tells nothing and disturbs nobody', async (name: RoundName) => {
    const before = await canaries.untouched()
    const tap = wiretap(canaries.all)
    const field = { url: server.url, port: server.port, targets: canaries.targets, tap }
    let attacking = true
    const attack = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < roundsOfEach / 4; round++) await rounds[name](random.fork(), field)
      }),
    ).finally(() => {
      attacking = false
    })
    do {
      await Promise.all([...witnesses.map((witness) => witness.exchange()), canaries.sing()])
      await pause(20)
    } while (attacking)
    await attack

    expect(server.child.alive, server.child.lines.slice(-30).join('\n')).toBe(true)
    expect(witnesses.flatMap(({ complaints }) => complaints)).toEqual([])
    expect(tap.found).toEqual([])
    expect(tap.bytes).toBeGreaterThan(0)
    expect(await canaries.untouched()).toEqual(before)
  })

  it('[BP4] has forgotten all of them afterwards', async () => {
    const own = witnesses.length + 2
    let connections = 0
    await eventually(
      'the attackers are gone',
      async () => {
        connections = (await server.health()).connections
        return connections === own
      },
      { ms: 15_000, describe: () => ({ connections, own }) },
    )
    expect((await server.memory()) - memoryBefore).toBeLessThan(200 * megabyte)
    const text = server.child.lines.join('\n')
    expect(canaries.all.filter((secret) => text.includes(secret))).toEqual([])
  })
})
