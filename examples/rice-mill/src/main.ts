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

function stopWhenAsked(mill: RiceMill): void {
  const { clock } = mill.app
  let askedAt: number | null = null
  const stop = () => {
    // A second Ctrl-C does not wait. The same one comes twice where npm repeats it.
    if (askedAt !== null && clock.now() - askedAt > 500) process.exit(130)
    if (askedAt !== null) return
    askedAt = clock.now()
    mill.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)

  // npm passes a SIGTERM to its shell, and the shell ends without passing it on: its end is all there is to see.
  const { ppid } = process
  if (process.env.npm_lifecycle_event === 'start')
    clock.every(1_000, () => {
      if (askedAt === null && process.ppid !== ppid) stop()
    })
}

try {
  const config = readConfig(process.env)
  const mill = await startRiceMill(config, pinoLogger({ level: config.logLevel }))
  stopWhenAsked(mill)
  console.log(`The rice mill is open: http://localhost:${mill.port}\n`)
  for (const { email, role, millId, isActive } of seededUsers)
    console.log(`  ${email.padEnd(22)} ${role.padEnd(12)} ${isActive ? (millId ?? 'all mills') : 'not active'}`)
  console.log(`\nThe password of each is "${seededPassword}". The data is in ${config.dataDir}. Ctrl-C stops the mill.`)
} catch (error) {
  fail(error)
}
