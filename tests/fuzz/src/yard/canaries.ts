import { openRawSession, type RawSession } from '@millrace-tests/support'
import type { TestProcess } from '@millrace-tests/support/server'
import type { Targets } from '../attacks/messages.ts'
import { people, sdkAuth } from './people.ts'

/** Texts that only their owner may ever receive, planted wherever the server keeps or sends something. */
export interface Canaries {
  readonly ofBela: readonly string[]
  readonly ofAsha: readonly string[]
  readonly all: readonly string[]
  readonly targets: Targets
  /** Publishes them once more, to whoever listens now. */
  sing(): Promise<void>
  /** The inboxes and logs as the owners left them. */
  untouched(): Promise<unknown>
  close(): void
}

interface Owner {
  readonly tenant: string
  readonly userId: string
  readonly mill: string
  readonly secrets: { readonly [K in 'durable' | 'retained' | 'volatile' | 'presence' | 'note' | 'inbox' | 'short']: string }
}

function ownerOf(person: (typeof people)['asha' | 'bela'], mill: string, salt: string): Owner {
  const secret = (kind: string) => `CANARY-${person.sub}-${kind}-${salt}`
  const secrets = {
    durable: secret('durable'),
    retained: secret('retained'),
    volatile: secret('volatile'),
    presence: secret('presence'),
    note: secret('note'),
    inbox: secret('inbox'),
    short: secret('short'),
  }
  return { tenant: person.tenant, userId: person.sub, mill, secrets }
}

export async function plantCanaries(
  server: Pick<TestProcess, 'url' | 'publish' | 'notify' | 'inbox' | 'log'>,
  salt: string,
): Promise<Canaries> {
  const asha = ownerOf(people.asha, '9', salt)
  const bela = ownerOf(people.bela, '7', salt)
  const owners = [asha, bela]

  async function sing(): Promise<void> {
    for (const { tenant, userId, mill, secrets } of owners) {
      const publish = (channel: string, event: string, data: unknown) => server.publish({ tenant, channel, event, data })
      await publish(`mill:${mill}`, 'purchase:created', { id: secrets.durable, kg: 1, note: secrets.durable })
      await publish(`mill:${mill}`, 'dashboard:stats', { key: 'stock', value: secrets.retained })
      await publish(`mill:${mill}`, 'scale:moved', { kg: 1, pad: secrets.volatile })
      await publish(`user:${userId}`, 'note', { text: secrets.note })
      await publish('closed', 'note', { text: secrets.note })
    }
    // The attacker's tenant has a channel of this name that everybody in it may hear.
    await server.publish({
      tenant: bela.tenant,
      channel: 'mill:secret',
      event: 'purchase:created',
      data: { id: bela.secrets.short, kg: 1 },
    })
  }
  const sessions: RawSession[] = []
  for (const person of [people.asha, people.bela]) {
    const owner = person.sub === 'asha' ? asha : bela
    const session = await openRawSession({ url: server.url, auth: sdkAuth(person, `owner-${salt}`) })
    sessions.push(session)
    await session.ask('mr:subscribe', { channel: `mill:${owner.mill}`, presence: { state: { status: owner.secrets.presence } } })
    for (const title of ['first', 'second'])
      await server.notify({
        tenant: owner.tenant,
        target: { user: owner.userId },
        notification: { type: 'canary', title, message: owner.secrets.inbox, document: `doc/${title}` },
      })
  }
  await sing()

  const inboxes = await Promise.all(owners.map(({ tenant, userId }) => server.inbox({ tenant, userId })))
  const log = await server.log({ tenant: 'other', channel: 'mill:7' })
  const secretsOf = ({ secrets }: Owner, without: readonly string[] = []) =>
    Object.values(secrets).filter((secret) => !without.includes(secret))
  return {
    ofAsha: secretsOf(asha, [asha.secrets.short]),
    ofBela: secretsOf(bela),
    all: owners.flatMap((owner) => secretsOf(owner)),
    targets: {
      tenant: 'other',
      userId: 'bela',
      channels: ['mill:7', 'mill:secret', 'mill:9', 'user:asha', 'user:bela', 'closed'],
      epochs: [log.epoch],
      cursors: inboxes.flatMap(({ cursor }) => cursor ?? []),
      notificationIds: inboxes.flatMap(({ notifications }) => notifications.map(({ id }) => id)),
    },
    sing,
    async untouched() {
      const state = await Promise.all(
        owners.map(async ({ tenant, userId, mill, secrets }) => {
          const { notifications } = await server.inbox({ tenant, userId })
          const { entries } = await server.log({ tenant, channel: `mill:${mill}` })
          return { notifications, foreign: entries.filter(({ data }) => (data as { id: string }).id !== secrets.durable) }
        }),
      )
      return state
    },
    close() {
      for (const session of sessions) session.socket.destroy()
    },
  }
}
