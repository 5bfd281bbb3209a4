import { ConfigurationError, pinoLogger, systemClock } from '@millrace/server'
import { StoreOpenError } from '@millrace/server/sqlite'
import { seededPassword, seededUsers } from './server/seed.ts'
import { readConfig } from './server/start/config.ts'
import { discover } from './server/start/discover.ts'
import { startOrchestrator } from './server/start/orchestrator.ts'
import { StartError } from './server/start/start-error.ts'
import { startWorkers } from './server/start/workers.ts'

function fail(error: unknown): never {
  const known = error instanceof StartError || error instanceof ConfigurationError || error instanceof StoreOpenError
  console.error(known ? `ERPMax cannot start: ${error.message}` : error)
  process.exit(1)
}

try {
  const embedded = process.argv.includes('--embedded')
  const { config, lines } = await discover(readConfig(process.env), { embedded })
  const logger = pinoLogger({ level: config.logLevel })
  for (const line of lines) console.log(line)
  const node = await startOrchestrator(config, logger)
  const workers = startWorkers(config, systemClock, logger)
  const stop = async () => {
    await workers.stop()
    await node.stop()
    process.exit(0)
  }
  process.once('SIGINT', () => stop().catch(fail))
  process.once('SIGTERM', () => stop().catch(fail))
  console.log(`\nERPMax is open: http://localhost:${node.port}\n`)
  for (const { email, role, tenant_id } of seededUsers) console.log(`  ${email.padEnd(20)} ${role.padEnd(7)} ${tenant_id}`)
  console.log(`\nThe password of each is "${seededPassword}". Ctrl-C stops it.`)
} catch (error) {
  fail(error)
}
