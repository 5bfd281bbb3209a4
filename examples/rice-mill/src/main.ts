import { ConfigurationError, pinoLogger } from '@millrace/server'
import { StoreOpenError } from '@millrace/server/sqlite'
import { seededPassword, seededUsers } from './server/seed/people.ts'
import { readConfig } from './server/start/config.ts'
import { type RiceMill, startRiceMill } from './server/start/rice-mill.ts'
import { StartError } from './server/start/start-error.ts'

function fail(error: unknown): never {
  const known = error instanceof StartError || error instanceof ConfigurationError || error instanceof StoreOpenError
  console.error(known ? `The rice mill cannot start: ${error.message}` : error)
  process.exit(1)
}

function stopOnSignals(mill: RiceMill): void {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // A second Ctrl-C does not wait.
      if (stopping) process.exit(130)
      stopping = true
      mill.stop().then(() => process.exit(0), fail)
    })
}

try {
  const config = readConfig(process.env)
  const mill = await startRiceMill(config, pinoLogger({ level: config.logLevel }))
  stopOnSignals(mill)
  console.log(`The rice mill is open: http://localhost:${mill.port}\n`)
  for (const { email, role, millId, isActive } of seededUsers)
    console.log(`  ${email.padEnd(22)} ${role.padEnd(12)} ${isActive ? (millId ?? 'all mills') : 'not active'}`)
  console.log(`\nThe password of each is "${seededPassword}". The data is in ${config.dataDir}. Ctrl-C stops the mill.`)
} catch (error) {
  fail(error)
}
