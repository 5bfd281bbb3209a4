import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { createClient, type MillraceClient } from '../create-client.ts'
import type { ClientOptions } from '../options.ts'
import type { ErrorContext } from '../report.ts'
import { mill } from './mill-contract.ts'
import { type ScriptedServer, type ScriptedServerOptions, scriptedServer } from './scripted-server.ts'

export interface Started {
  readonly client: MillraceClient<typeof mill>
  readonly server: ScriptedServer
  readonly clock: ManualClock
  readonly errors: { readonly error: unknown; readonly context: ErrorContext }[]
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
}

export type StartOptions = Partial<ClientOptions<typeof mill>> & {
  readonly server?: ScriptedServer
  readonly script?: ScriptedServerOptions
}

/** A client of the test's contract on a scripted server. `random` is 0: every wait is the shortest. */
export function startClient({ server: given, script, ...options }: StartOptions = {}): Started {
  const clock = manualClock()
  const server = given ?? scriptedServer(script)
  const errors: Started['errors'] = []
  const client = createClient({
    contract: mill,
    url: 'https://mill.test',
    clock,
    random: () => 0,
    connect: server.connect,
    environment: server.environment,
    onError: (error, context) => void errors.push({ error, context }),
    ...options,
  })
  return { client, server, clock, errors, settle: () => clock.advance(0) }
}
