import { MillraceError } from '@millrace/contract'
import type { Identity, ServerOptions } from '@millrace/server'
import { bursts, sumOf } from '../burst.ts'
import { type TestContract, testContract } from '../contract.ts'

/** The mills that the token names: `mills: ['7', '8']`. */
export function millsOf({ claims }: Identity): readonly string[] {
  const { mills } = claims
  return Array.isArray(mills) ? mills.filter((mill) => typeof mill === 'string') : []
}

const running = bursts()

/**
 * What the test server does: a person hears the mills that their token names and their own channel, both assigned;
 * `connected` comes first; `/admin` admits the role ADMIN.
 */
export const behaviour = {
  contract: testContract,
  policy: {
    mill: ({ identity, params }) => millsOf(identity).includes(params.millId),
    user: ({ identity, params }) => identity.userId === params.userId,
    short: () => true,
  },
  assign: (identity) => [
    testContract.channels.user({ userId: identity.userId }),
    ...millsOf(identity).map((millId) => testContract.channels.mill({ millId })),
  ],
  onConnect: (connection) => connection.send('connected', { userId: connection.identity.userId, message: 'welcome' }),
  handlers: {
    echo: ({ text }, { identity }) => ({ text, userId: identity.userId }),
    async buy({ millId, purchase }, { authorize, publish }) {
      const channel = testContract.channels.mill({ millId })
      await authorize(channel)
      const { position } = await publish(channel, 'purchase:created', purchase)
      return { offset: position?.offset ?? null }
    },
    async burst({ millId, name, count }, { authorize, publish, connection }) {
      const channel = testContract.channels.mill({ millId })
      await authorize(channel)
      const sent = await running.run({ name, count }, ({ event, data }) => {
        if (event === 'note') return connection.send(event, data)
        return event === 'purchase:created' ? publish(channel, event, data) : publish(channel, event, data)
      })
      return { sent }
    },
    stop({ name }) {
      running.stop(name)
      return {}
    },
    upload: ({ name, bytes }) => ({ name, length: bytes.length, sum: sumOf(bytes) }),
    forbidden() {
      throw new MillraceError('denied')
    },
    broken() {
      throw new Error('broken on purpose')
    },
  },
  namespaces: { '/admin': { admit: ({ roles }) => roles.includes('ADMIN') } },
} as const satisfies Pick<ServerOptions<TestContract>, 'contract' | 'policy' | 'assign' | 'onConnect' | 'handlers' | 'namespaces'>
