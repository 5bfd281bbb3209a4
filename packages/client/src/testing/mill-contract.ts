import { channel, defineContract, event, request, type Schema } from '@millrace/contract'

/** A schema for tests, where the server that would check is scripted. */
function of<T>(): Schema<T> {
  // Holds as far as the test's own data goes.
  return { '~standard': { version: 1, vendor: 'millrace-testing', validate: (value) => ({ value: value as T }) } }
}

type Typing = { readonly user: { readonly id: string; readonly name?: string }; readonly entity?: string }

/** The contract of the client's own tests: something of each kind. */
export const mill = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(of<{ id: string; kg: number }>()),
        'purchase:deleted': event(of<{ id: string }>()),
        'dashboard:stats': event(of<{ total: number }>(), { delivery: 'retained' }),
        'stock:level': event(of<{ stock: string; kg: number }>(), { delivery: 'retained', key: (level) => level.stock }),
        'typing:start': event(of<Typing>(), { delivery: 'volatile' }),
        'typing:stop': event(of<Typing>(), { delivery: 'volatile' }),
      },
      presence: of<{ screen: string }>(),
      typing: { start: 'typing:start', stop: 'typing:stop' },
    }),
  },
  requests: {
    'request:dashboard': request(of<{ millId: string }>(), of<{ total: number }>()),
    ping: request(of<undefined>(), of<string>()),
  },
  direct: { connected: event(of<{ message: string }>()) },
})
