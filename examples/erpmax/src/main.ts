import { parseArgs } from 'node:util'
import { ConfigurationError, pinoLogger, systemClock } from '@millrace/server'
import { StoreOpenError } from '@millrace/server/sqlite'
import { seededPassword, seededUsers } from './server/seed.ts'
import { startCluster } from './server/start/cluster.ts'
import { type Config, readConfig } from './server/start/config.ts'
import { discover } from './server/start/discover.ts'
import { startOrchestrator } from './server/start/orchestrator.ts'
import { StartError } from './server/start/start-error.ts'
import { startWorkers } from './server/start/workers.ts'

function fail(error: unknown): never {
  const known = error instanceof StartError || error instanceof ConfigurationError || error instanceof StoreOpenError
  console.error(known ? `ERPMax cannot start: ${error.message}` : error)
  process.exit(1)
}

function readArguments() {
  const options = { nodes: { type: 'string' }, embedded: { type: 'boolean' }, sticky: { type: 'boolean' } } as const
  try {
    const { nodes = '1', embedded = false, sticky = false } = parseArgs({ options }).values
    if (!/^[1-8]$/.test(nodes)) throw new StartError(`--nodes ${nodes}: give a whole number from 1 to 8`)
    return { nodes: Number(nodes), embedded, sticky }
  } catch (error) {
    throw error instanceof StartError ? error : new StartError('give --nodes 2, --sticky or --embedded, or nothing')
  }
}

/** One node in this process, or several behind nginx. */
async function open(config: Config, { nodes, sticky }: ReturnType<typeof readArguments>) {
  const logger = pinoLogger({ level: config.logLevel })
  if (nodes === 1) return startOrchestrator(config, logger)
  const cluster = await startCluster(config, { nodes, sticky, clock: systemClock })
  console.log(
    `nginx        port ${config.port}, ${sticky ? 'sticky by address' : 'WebSocket without stickiness'}, before nodes on ${cluster.nodes.map(({ port }) => port).join(', ')}`,
  )
  return { port: config.port, stop: () => cluster.stop() }
}

function stopWhenAsked(stop: () => Promise<void>): void {
  let askedAt: number | null = null
  const ask = () => {
    // A second Ctrl-C does not wait. The same one comes twice where npm repeats it.
    if (askedAt !== null && systemClock.now() - askedAt > 500) process.exit(130)
    if (askedAt !== null) return
    askedAt = systemClock.now()
    stop().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', ask)
  process.on('SIGTERM', ask)
  // npm passes a SIGTERM to its shell, and the shell ends without passing it on: its end is all there is to see.
  const { ppid } = process
  if (process.env.npm_lifecycle_event !== undefined)
    systemClock.every(1_000, () => {
      if (process.ppid !== ppid) ask()
    })
}

try {
  const asked = readArguments()
  const { config, lines, stop: stopServers } = await discover(readConfig(process.env), asked)
  for (const line of lines) console.log(line)
  const front = await open(config, asked)
  const workers = startWorkers(config, systemClock, pinoLogger({ level: config.logLevel }))
  stopWhenAsked(async () => {
    await workers.stop()
    await front.stop()
    await stopServers()
  })
  console.log(`\nERPMax is open: http://localhost:${front.port}\n`)
  for (const { email, role, tenant_id } of seededUsers) console.log(`  ${email.padEnd(20)} ${role.padEnd(7)} ${tenant_id}`)
  console.log(`\nThe password of each is "${seededPassword}". Ctrl-C stops it.`)
} catch (error) {
  fail(error)
}
