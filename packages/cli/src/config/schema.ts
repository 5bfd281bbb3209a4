import { z } from 'zod'
import type { MillraceConfig } from '../define-config.ts'

// A message is the problem and the mend, between them `: `.
const callable = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'is no function: give one, or leave it out',
)
const flag = z.boolean('is neither true nor false: give one of them')
const plain = z.record(z.string(), z.unknown(), 'is no object: see the options of createServer')
const count = (what: string, max: number) => {
  const message = `is not ${what}: give a whole number from 0 to ${max}`
  return z.int(message).min(0, message).max(max, message)
}
const text = (example: string) => {
  const message = `is no text: write for example '${example}'`
  return z.string(message).min(1, message)
}

function holds(value: unknown, members: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && members.every((member) => Reflect.get(value, member) !== undefined)
}

function place(kinds: Readonly<Record<string, RegExp>>) {
  const message = `is no address that is known here: write ${Object.keys(kinds).join(', ')}, or a function that opens one`
  return z.custom<string | (() => unknown)>(
    (value) => typeof value === 'function' || (typeof value === 'string' && Object.values(kinds).some((kind) => kind.test(value))),
    message,
  )
}

const socketPath = z.string().regex(/^\/./, "does not begin with '/': write for example '/socket.io'")

// Every setting is here: one that is added to the server's options and not here would be refused as unknown.
const shape = {
  contract: z.custom(
    (value) => holds(value, ['channels', 'requests', 'direct', 'resolve']),
    'is no contract: give what defineContract answers',
  ),
  auth: z.custom(
    (value) => holds(value, []),
    "is missing: say how tokens are verified, such as { secret: process.env.JWT_SECRET ?? '' }, or give an authenticator",
  ),
  policy: z.record(z.string(), callable, 'is missing: give one function per channel of the contract; {} admits nobody'),
  tenant: text('acme').optional(),
  loadUser: callable.optional(),
  assign: callable.optional(),
  onConnect: callable.optional(),
  handlers: z.record(z.string(), callable, 'is no object: give one function per request of the contract').optional(),
  namespaces: plain.optional(),
  store: place({ "'memory:'": /^memory:$/, "'sqlite:./file.db'": /^sqlite:./, "'postgres://…'": /^postgres(ql)?:\/\// }).optional(),
  broker: place({ "'local:'": /^local:$/, "'redis://…'": /^rediss?:\/\//, "'postgres://…'": /^postgres(ql)?:\/\// }).optional(),
  path: z.union([socketPath, z.array(socketPath).min(1)], "is no path: write for example '/socket.io'").optional(),
  origins: z.array(text('https://app.example.com'), "is no list: write for example ['https://app.example.com']").optional(),
  trustedProxies: count('a number of proxies', 100).optional(),
  tokenFrom: z.array(z.unknown(), "is no list: write for example ['auth', 'header']").optional(),
  limits: plain.optional(),
  quotas: z.union([plain, callable], 'is neither an object nor a function: give one of them').optional(),
  backpressure: plain.optional(),
  compression: flag.optional(),
  heartbeat: plain.optional(),
  inbox: plain.optional(),
  jobs: plain.optional(),
  onUserOnline: callable.optional(),
  onUserOffline: callable.optional(),
  refusalMessages: plain.optional(),
  errorEvent: plain.optional(),
  logger: z
    .custom((value) => holds(value, ['debug', 'info', 'warn', 'error']), 'is no logger: give debug, info, warn and error')
    .optional(),
  http: z
    .strictObject({ port: count('a port', 65_535).optional(), host: text('127.0.0.1').optional() }, 'is no object: give port and host')
    .optional(),
  api: z
    .strictObject(
      {
        keys: z.array(plain, 'is no list: give one entry per key'),
        rate: plain.optional(),
        maxBodyBytes: count('a number of bytes', 1_073_741_824).optional(),
        bodyWithinMs: count('a time in ms', 3_600_000).optional(),
      },
      'is no object: give keys',
    )
    .optional(),
  log: z
    .strictObject(
      {
        level: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'is no level: set one of debug, info, warn, error, silent').optional(),
      },
      'is no object: give level',
    )
    .optional(),
  drain: z
    .strictObject(
      { timeoutMs: count('a time in ms', 3_600_000).optional(), reconnectWithinMs: count('a time in ms', 3_600_000).optional() },
      'is no object: give timeoutMs and reconnectWithinMs',
    )
    .optional(),
} satisfies Record<keyof MillraceConfig, z.ZodType>

/** The shape of a configuration. What is inside limits, quotas and the like is checked by `createServer`. */
export const configSchema = z.strictObject(shape, 'has no default export of settings: write export default defineConfig({ … })')
