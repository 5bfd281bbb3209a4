import { createClient } from '@millrace/client'
import { recorder, testContract, within } from '@millrace-tests/support'
import type { TestProcess } from '@millrace-tests/support/server'
import { type people, tokenOf } from './people.ts'

/** Somebody who minds their own business, and notices when they cannot. */
export interface Witness {
  /** Publishes and waits until it has arrived. */
  exchange(): Promise<void>
  /** What went wrong so far: gaps, breaks, disorder, reports of the client. */
  readonly complaints: readonly string[]
  close(): void
}

export async function startWitness(
  server: Pick<TestProcess, 'url' | 'publish'>,
  person: (typeof people)['witness' | 'otherWitness'],
): Promise<Witness> {
  const { tenant } = person
  const ref = testContract.channels.mill({ millId: 'witness' })
  const complaints: string[] = []
  const heard = recorder<string>()
  const live = recorder<boolean>()
  let sent = 0
  let last = 0
  const client = createClient({
    contract: testContract,
    url: server.url,
    token: () => tokenOf(person),
    onError: (error, { during }) => complaints.push(`${during}: ${String(error)}`),
  })
  client.channel(ref).subscribe({
    on: {
      'purchase:created'({ id }, { position }) {
        if (last !== 0 && position?.offset !== last + 1) complaints.push(`offset ${position?.offset} after ${last}`)
        last = position?.offset ?? 0
        heard.push(id)
      },
    },
    onGap: ({ why }) => complaints.push(`gap: ${why}`),
    load: () => live.push(true),
  })
  await within(10_000, 'the witness is live', live.count(1))
  client.connection.subscribe(() => {
    const { state } = client.connection.getSnapshot()
    if (state !== 'live' && state !== 'closed') complaints.push(`the connection is ${state}`)
  })

  return {
    complaints,
    async exchange() {
      sent += 1
      const id = `witness-${sent}`
      await server.publish({ tenant, channel: ref.name, event: 'purchase:created', data: { id, kg: sent } })
      await within(
        5_000,
        `${person.tenant}'s witness hears ${id}`,
        heard.find((seen) => seen === id),
      )
    },
    close: () => client.close(),
  }
}
