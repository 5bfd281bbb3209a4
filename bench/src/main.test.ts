import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function bench(args: string): Promise<{ readonly code: number | null; readonly output: string; readonly complaint: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--import', 'tsx', main, ...args.split(' ')], (_, output, complaint) =>
      resolve({ code: child.exitCode, output, complaint }),
    )
  })
}

it('measures what it is asked for, and tells tools each value with the machine and its versions', async () => {
  const { code, output } = await bench('ack durable --subjects stock,millrace --rounds 1 --seconds 1 --json')
  expect(code).toBe(0)
  // Holds: it is what `--json` prints.
  const { machine, rows } = JSON.parse(output) as { machine: { versions: Record<string, string> }; rows: Record<string, unknown>[] }
  expect(machine.versions).toEqual({ node: process.version, 'socket.io': expect.stringMatching(/^4\./), ws: expect.stringMatching(/^8\./) })
  expect(rows.map(({ scenario, key }) => `${scenario} ${key}`)).toEqual([
    'durable one',
    'durable many',
    'ack p50',
    'ack throughput',
    'ack p99',
    'ack cpu',
  ])
  for (const { values, failures } of rows) {
    expect(failures).toEqual({})
    expect(values).toEqual({ stock: [expect.any(Number)], millrace: [expect.any(Number)] })
  }
})

it('names the scenarios there are when it is asked for another, and ends with 2', async () => {
  const { code, output, complaint } = await bench('bursts')
  expect([code, output]).toEqual([2, ''])
  expect(complaint).toMatch(/^no scenario "bursts": choose from steady20, steady100, burst, .*\n$/)
})
