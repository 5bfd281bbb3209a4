import { createServer as createHttpServer, type Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer, type Logger, systemClock } from '@millrace/server'
import { sqliteStore } from '@millrace/server/sqlite'
import type { App } from '../app.ts'
import { accessTokens } from '../auth/access-tokens.ts'
import { createLoginGuard } from '../auth/login-guard.ts'
import { createSignIn } from '../auth/sign-in.ts'
import { publishAllDashboards } from '../dashboard.ts'
import { openDatabase } from '../database.ts'
import { createHttpApp } from '../http/http-app.ts'
import { liveOptions } from '../live/options.ts'
import { seed } from '../seed/seed.ts'
import { checkStock } from '../stock-alerts.ts'
import type { Config } from './config.ts'
import { accessTokenSecret, prepareDataFolder } from './data-folder.ts'
import { listen } from './listen.ts'

const checkEveryMs = 3_600_000
const drainTimeoutMs = 5_000
const pageFolder = fileURLToPath(new URL('../../../dist', import.meta.url))

export interface RiceMill {
  readonly port: number
  readonly app: App
  /** Finishes what is in flight, tells clients to come back, and closes the database. */
  stop(): Promise<void>
}

/** Starts the mill: database, Millrace, REST and page. Throws a `StartError` whose message is for the operator. */
export async function startRiceMill(config: Config, logger: Logger): Promise<RiceMill> {
  const { dataDir, clientOrigin } = config
  const clock = systemClock
  prepareDataFolder(dataDir)
  const tokens = accessTokens(config.accessTokenSecret ?? accessTokenSecret(dataDir), config.accessTokenTtlSeconds)

  const db = openDatabase(join(dataDir, 'rice-mill.db'))
  const store = sqliteStore({ database: db })
  await seed(db, store, clock.now())

  const rt = createServer(liveOptions({ db, store, authenticator: tokens.authenticator, clock, logger, clientOrigin }))
  const app: App = { db, rt, clock }
  const signIn = createSignIn(app, tokens, createLoginGuard(clock))
  const http = createHttpApp({ app, authenticator: tokens.authenticator, signIn, logger, clientOrigin, pageFolder })
  const server = createHttpServer((request, response) => {
    if (!rt.handleHttp(request, response)) http(request, response)
  })
  rt.attach(server)

  async function close(): Promise<void> {
    await rt.close()
    await store.close()
    db.close()
  }
  try {
    const port = await listen(server, config.port, config.host)
    const lookRound = async () => {
      checkStock(app)
      publishAllDashboards(app)
    }
    await lookRound()
    rt.alerts.every(checkEveryMs, lookRound)
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
  } catch (error) {
    await close()
    throw error
  }
}

/** Resolves when the requests that are under way have been answered. */
function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
