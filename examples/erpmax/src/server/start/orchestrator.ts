import { createServer as createHttpServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { type Broker, createServer, type Logger, systemClock } from '@millrace/server'
import { createEmitters } from '../../emitters/emitters.ts'
import { serverSink } from '../../emitters/server-sink.ts'
import type { App } from '../app.ts'
import { accessTokens } from '../auth/access-tokens.ts'
import { createLoginGuard } from '../auth/login-guard.ts'
import { createSignIn } from '../auth/sign-in.ts'
import { checkSubscriptions } from '../billing/expiry.ts'
import { makeTables } from '../database/schema.ts'
import { createHttpApp } from '../http/http-app.ts'
import { apiFor, eventsFromRabbit } from '../live/ingress.ts'
import { liveOptions } from '../live/options.ts'
import type { WorkQueue } from '../queue/port.ts'
import { rabbitQueue } from '../queue/rabbit.ts'
import { seed } from '../seed.ts'
import { handOver } from '../sites.ts'
import type { Config } from './config.ts'
import { accessTokenSecret, prepareDataFolder } from './data-folder.ts'
import { listen } from './listen.ts'
import { openBroker, openStorage, type Storage } from './storage.ts'

const handOverEveryMs = 2_000
const checkSubscriptionsEveryMs = 60_000
const drainTimeoutMs = 5_000
const pageFolder = fileURLToPath(new URL('../../../dist', import.meta.url))

/** Where there is no queue: the workers find the jobs in the database by themselves. */
const noQueue: WorkQueue = { put: async () => {}, close: async () => {} }

export interface Orchestrator {
  readonly port: number
  readonly app: App
  /** Finishes what is in flight, tells clients to come back, and closes the database. */
  stop(): Promise<void>
}

/** Starts one node. Throws a `StartError` or a `ConfigurationError` whose message is for the operator. */
export async function startOrchestrator(config: Config, logger: Logger): Promise<Orchestrator> {
  const storage = await openStorage(config, logger)
  const open: (() => Promise<void>)[] = [() => storage.close()]
  async function close(): Promise<void> {
    for (const each of open.splice(0).reverse()) await each()
  }
  try {
    const broker = await openBroker(config)
    if (broker !== null) open.push(() => broker.close())
    const queue = config.rabbitmqUrl === undefined ? noQueue : await rabbitQueue(config.rabbitmqUrl, config.queue, logger)
    open.push(() => queue.close())
    return await start(config, logger, { storage, broker, queue, open, close })
  } catch (error) {
    await close()
    throw error
  }
}

interface Parts {
  readonly storage: Storage
  readonly broker: Broker | null
  readonly queue: WorkQueue
  readonly open: (() => Promise<void>)[]
  readonly close: () => Promise<void>
}

async function start(config: Config, logger: Logger, { storage: { db, store }, broker, queue, open, close }: Parts): Promise<Orchestrator> {
  const clock = systemClock
  const { origins, trustedProxies } = config
  const tokens = accessTokens(config.jwtSecret ?? ownSecret(config.dataDir), config.accessTokenTtlSeconds)
  const { authenticator } = tokens
  const rt = createServer(
    liveOptions({ db, store, broker: broker ?? undefined, authenticator, clock, logger, origins, trustedProxies, app: () => app }),
  )
  open.push(() => rt.close())
  const app: App = { db, rt, emit: createEmitters(serverSink(rt)), queue, clock, logger }
  await db.prepare(makeTables)
  await seed(app)

  const api = config.api && apiFor(app, config.api)
  if (config.rabbitmqUrl !== undefined) {
    const ingress = await eventsFromRabbit(app, config.rabbitmqUrl, config.queue)
    open.push(() => ingress.close())
  }

  const signIn = createSignIn(app, tokens, createLoginGuard(clock))
  const http = createHttpApp({ app, authenticator, signIn, logger, trustedProxies, pageFolder })
  const server = createHttpServer((request, response) => {
    if (!rt.handleHttp(request, response) && !(api?.handle(request, response) ?? false)) http(request, response)
  })
  rt.attach(server)
  const port = await listen(server, config.port, config.host)
  rt.alerts.every(handOverEveryMs, () => handOver(app), { name: 'hand-over' })
  rt.alerts.every(checkSubscriptionsEveryMs, () => checkSubscriptions(app), { name: 'subscriptions' })
  return {
    port,
    app,
    async stop() {
      const closed = closeHttp(server)
      const overdue = clock.after(drainTimeoutMs, () => server.closeAllConnections())
      await rt.drain({ timeoutMs: drainTimeoutMs })
      await closed
      overdue.cancel()
      await close()
    },
  }
}

function ownSecret(dataDir: string): string {
  prepareDataFolder(dataDir)
  return accessTokenSecret(dataDir)
}

/** Resolves when the requests that are under way have been answered. */
function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
