import { spawn } from 'node:child_process'
import './repository.mjs'

// Longer than anything here takes: what hangs is ended, and told of as a failure.
const limitMs = 20 * 60_000

/**
 * Runs a program of node_modules/.bin, `node` or `npm`, and gathers what it writes.
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(program, args, { env = {}, onOutput = () => {} } = {}) {
  const command = program === 'node' || program === 'npm' || program.startsWith('/') ? program : `node_modules/.bin/${program}`
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    const chunks = []
    const take = (chunk) => {
      chunks.push(chunk)
      onOutput(chunk)
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}` }))
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8')
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}\n${command} was ended by ${signal}` })
    })
  })
}
