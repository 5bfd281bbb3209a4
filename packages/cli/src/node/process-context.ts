import { systemClock } from '@millrace/server'
import type { Context, EndSignal } from '../context.ts'

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) text += chunk
  return text
}

/** The process, as a command has it. Whoever reads the output and goes away ends it without a word, as with any filter. */
export function processContext(): Context {
  const { stdout, stderr, env } = process
  for (const stream of [stdout, stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? 0 : 1)
    })
  return {
    env,
    folder: process.cwd(),
    clock: systemClock,
    colours: stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    out: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    input: () => readAll(process.stdin),
    onSignal(listener) {
      const signals: readonly EndSignal[] = ['SIGTERM', 'SIGINT']
      for (const signal of signals) process.on(signal, listener)
      return {
        cancel() {
          for (const signal of signals) process.off(signal, listener)
        },
      }
    },
    onCrash: (listener) => void process.on('uncaughtException', listener),
    exit: (code) => process.exit(code),
  }
}
