import { ConfigurationError, pinoLogger } from '@millrace/server'
import { readConfig } from './server/start/config.ts'
import { startOrchestrator } from './server/start/orchestrator.ts'
import { StartError } from './server/start/start-error.ts'

/* One node of several: everything it needs is in its settings. */

function fail(error: unknown): never {
  const known = error instanceof StartError || error instanceof ConfigurationError
  console.error(known ? `A node of ERPMax cannot start: ${error.message}` : error)
  process.exit(1)
}

try {
  const config = readConfig(process.env)
  const node = await startOrchestrator(config, pinoLogger({ level: config.logLevel }))
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    node.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  // Ctrl-C comes to all processes of a terminal; whoever started this one says when it is its turn.
  process.on('SIGINT', () => {})
  process.on('disconnect', stop)
  process.send?.(node.port)
} catch (error) {
  fail(error)
}
