import { spawn } from 'node:child_process'
import { FlagError } from '../flags.ts'
import { openWorkshop } from '../process/workshop.ts'
import { readTargetFlags } from './target-flags.ts'

/** Starts the target in a process of its own, from a bundle: it is to be as fast as what npm installs. */
async function startTarget(args: readonly string[]): Promise<void> {
  const flags = readTargetFlags(args)
  const workshop = openWorkshop()
  process.once('exit', () => workshop.remove())
  const program = await workshop.bundle('target/serve-target.ts')
  const child = spawn(process.execPath, [program, JSON.stringify({ flags, dataDir: workshop.dataDir() })], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  // Ctrl-C reaches both; this one waits for the other.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.once('exit', (code) => process.exit(code ?? 1))
}

try {
  await startTarget(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof FlagError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
