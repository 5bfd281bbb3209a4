import { type ChannelStatus, createClient, type MillraceClient } from '@millrace/client'
import { type AnyContract, type ChannelRef, channel, defineContract, type Position } from '@millrace/contract'
import { loadConfig } from '../config/load-config.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'
import { mintToken } from './mint-token.ts'
import { defaultPort } from './serve.ts'
import { secretOf } from './token.ts'

export interface TailOptions {
  readonly config?: string
  readonly url?: string
  readonly token?: string
  readonly user: string
  readonly tenant?: string
  readonly from?: From
}

/** The last publication that is not asked for; without an epoch, in the log as it is now. */
export interface From {
  readonly epoch: string | null
  readonly offset: number
}

interface Source {
  readonly url: string
  readonly path?: string
  readonly token: () => Promise<string> | string
  readonly ref: ChannelRef
  readonly contract: AnyContract
}

const tokenLivesMs = 3_600_000

/** A channel of a contract that we do not know. */
function anyChannel(name: string): { readonly contract: AnyContract; readonly ref: ChannelRef } {
  const definition = channel('any:{channel}', { events: {} })
  // Holds: the client asks for a channel by its name alone, and the server says whether there is one.
  return { contract: defineContract({ channels: {} }), ref: { channel: 'any', name: name as ChannelRef['name'], params: {}, definition } }
}

async function sourceOf(name: string, options: TailOptions, context: Context): Promise<Source> {
  const { url, token, user, tenant } = options
  if (url !== undefined && options.config === undefined) {
    if (!URL.canParse(url)) throw new CommandFailure(`--url ${url} is no address`, 'write http://HOST:PORT', exitCodes.usage)
    if (token === undefined) throw new CommandFailure('there is no token', 'give one with --token, or in MILLRACE_TOKEN', exitCodes.usage)
    return { url, token: () => token, ...anyChannel(name) }
  }
  const { config } = await loadConfig(context.folder, options.config)
  const { contract, auth, http = {} } = config
  const path = [config.path ?? []].flat()[0]
  const ref = contract.resolve(name)
  if (ref === null) throw new CommandFailure(`unknown_channel: "${name}" fits no channel of the contract`, 'correct its name')
  const here = `http://${http.host === undefined || /^(0\.0\.0\.0|::)$/.test(http.host) ? 'localhost' : http.host}:${http.port ?? defaultPort}`
  const secret = token === undefined ? secretOf(auth) : null
  const subject = { user, ...(tenant !== undefined && { tenant }), expiresInMs: tokenLivesMs }
  return {
    url: url ?? here,
    ...(path !== undefined && { path }),
    token: () => (secret === null ? (token ?? '') : mintToken(subject, secret, context.clock.now())),
    ref,
    contract,
  }
}

/** A client whose end, where there is nothing more to hope for, rejects `refused`. */
function openClient(source: Source, context: Context, positions?: string) {
  let refuse: (failure: CommandFailure) => void = () => undefined
  const refused = new Promise<never>((_, reject) => {
    refuse = reject
  })
  const { ref: _, ...options } = source
  const client = createClient({
    ...options,
    // Read only: where it stands is in the lines that were written.
    ...(positions !== undefined && { positions: { getItem: () => positions, setItem: () => undefined, removeItem: () => undefined } }),
    onError(error, { during }) {
      // A refused subscription ends the command, with a line of its own.
      if (during !== 'subscribe') context.note(`millrace: ${error instanceof Error ? error.message : error}`)
    },
  })
  let known = ''
  client.connection.subscribe(() => {
    const now = client.connection.getSnapshot()
    if (now.state === 'refused') refuse(new CommandFailure(`${now.code}: ${now.message}`, 'see --token and --url'))
    if (now.state === 'live' && known === 'lost') context.note('connected again')
    if (now.state === 'reconnecting' && known !== 'lost') context.note(`no connection (${now.cause}), trying again`)
    known = now.state === 'live' ? 'live' : now.state === 'reconnecting' ? 'lost' : known
  })
  const onStatus = (status: ChannelStatus): void => {
    if (status.state === 'refused')
      refuse(new CommandFailure(`${status.error.code}: ${status.error.message}`, 'the policy decides who may hear it'))
  }
  const { status } = client.channel(source.ref)
  status.subscribe(() => onStatus(status.getSnapshot()))
  return { client, refused }
}

/** Where the channel stands, and who we are for the server. */
async function whereIs(source: Source, context: Context): Promise<{ readonly head: Position; readonly user: string }> {
  const { client, refused } = openClient(source, context)
  try {
    const head = new Promise<Position>((resolve) => {
      client.channel(source.ref).subscribe({ load: ({ position }) => resolve(position) })
    })
    const found = await Promise.race([head, refused])
    const connection = client.connection.getSnapshot()
    if (connection.state !== 'live') throw new CommandFailure('the connection was lost at once', 'try again')
    return { head: found, user: connection.user.id }
  } finally {
    client.close()
  }
}

async function positionsFor(source: Source, from: From, context: Context): Promise<string> {
  const { head, user } = await whereIs(source, context)
  const { epoch = head.epoch, offset } = { ...from, epoch: from.epoch ?? head.epoch }
  if (epoch === head.epoch && offset > head.offset)
    throw new CommandFailure(`the channel stands at ${head.offset}, and --from names ${offset}`, `give ${head.offset} or less`)
  // As the client keeps positions in a browser's storage.
  return JSON.stringify({ user, positions: [[source.ref.name, epoch, offset]] })
}

function follow(client: MillraceClient, ref: ChannelRef, context: Context): void {
  const { status } = client.channel(ref)
  const stop = status.subscribe(() => {
    if (status.getSnapshot().state !== 'live') return
    stop()
    context.note(`following ${ref.name}`)
  })
  client.channel(ref).subscribe({
    onPublication: (publication) => context.out(JSON.stringify({ channel: ref.name, ...publication })),
    onGap: ({ why, position }) =>
      context.note(`gap (${why}): what was published up to ${position.offset} and is not above cannot be had any more`),
  })
}

/** Follows a channel as a client, a line of JSON per publication, until a signal. */
export async function tail(name: string, options: TailOptions, context: Context): Promise<void> {
  const ended = new Promise<void>((resolve) => context.onSignal(() => resolve()))
  const source = await sourceOf(name, options, context)
  const begin = async (): Promise<void> => {
    const positions = options.from === undefined ? undefined : await positionsFor(source, options.from, context)
    const { client, refused } = openClient(source, context, positions)
    try {
      follow(client, source.ref, context)
      await Promise.race([refused, ended])
    } finally {
      client.close()
    }
  }
  await Promise.race([begin(), ended])
}
