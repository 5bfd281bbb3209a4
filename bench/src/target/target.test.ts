import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import WebSocket from 'ws'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const running: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = []
const sockets: WebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate()
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGINT')
    await ended
  }
})

/** The target as `npm run bench:target` starts it; `line` waits for a line of its output. */
function start(args: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args.split(' ')], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const listeners = new Set<() => void>()
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(text)
    for (const listener of listeners) listener()
  })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  // 'close', not 'exit': its output has been read by then.
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, complaint }))
  running.push({ child, ended })
  const line = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines.map((text) => pattern.exec(text)?.[1]).find((match) => match !== undefined)
        if (found === undefined) return
        listeners.delete(look)
        resolve(found)
      }
      listeners.add(look)
      void ended.then((end) => reject(new Error(`it ended: ${JSON.stringify(end)}`)))
      look()
    })
  return { child, lines, ended, line }
}

/** A client by hand: only the bytes that a load generator sends. Gets the payloads of the channel's event. */
async function connect(port: string, token: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
  sockets.push(socket)
  const payloads: { t: number; pad: string; n: number }[] = []
  const waiting = new Set<() => void>()
  const connected = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const packet = data.toString()
      if (packet.startsWith('0')) socket.send(`40{"token":"${token}"}`)
      else if (packet === '2') socket.send('3')
      else if (packet.startsWith('40')) resolve()
      else if (packet.startsWith('44')) reject(new Error(packet))
      else if (packet.startsWith('42["stock:updated",'))
        payloads.push((JSON.parse(packet.slice(2)) as [string, (typeof payloads)[number]])[1])
      for (const look of waiting) look()
    })
    socket.on('error', reject)
  })
  await connected
  const received = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (payloads.length < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return { payloads, received }
}

const port = /^listening on http:\/\/localhost:(\d+)/
const token = /^token: (\S+)$/

it.each(['durable', 'volatile'])('publishes %s events to all, once as many are connected as were asked for', async (delivery) => {
  const target = start(`--port 0 --connections 3 --rate 50 --delivery ${delivery}`)
  const [at, pass] = [await target.line(port), await target.line(token)]
  const early = [await connect(at, pass), await connect(at, pass)]
  await target.line(/^(connected 2\/3)$/)
  expect(early.flatMap(({ payloads }) => payloads)).toEqual([])
  const clients = [...early, await connect(at, pass)]
  await target.line(/^(publishing stock:updated 50 times a second)/)
  await Promise.all(clients.map(({ received }) => received(10)))
  for (const { payloads } of clients) {
    expect(payloads.slice(0, 10).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const payload of payloads) {
      expect(Object.keys(payload)).toEqual(['t', 'pad', 'n'])
      expect(payload.pad).toHaveLength(150)
      expect(Math.abs(Date.now() - payload.t)).toBeLessThan(10_000)
    }
  }
  const [first, last] = [clients[0]?.payloads[0]?.t ?? 0, clients[0]?.payloads[9]?.t ?? 0]
  // The tenth is due nine intervals of 20 ms after the first, and never comes sooner.
  expect(last - first).toBeGreaterThanOrEqual(170)
  target.child.kill('SIGINT')
  expect(await target.ended).toEqual({ code: 0, complaint: '' })
})

it('spreads connections and publications over channels', async () => {
  const target = start('--port 0 --connections 4 --rate 100 --rooms 2')
  const [at, pass] = [await target.line(port), await target.line(token)]
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect(at, pass)))
  await Promise.all(clients.map(({ received }) => received(5)))
  const starts = clients.map(({ payloads }) => payloads.slice(0, 5).map(({ n }) => n))
  expect(starts.toSorted().map((numbers) => numbers.join())).toEqual(['0,2,4,6,8', '0,2,4,6,8', '1,3,5,7,9', '1,3,5,7,9'])
})

it('lets nobody in without the token', async () => {
  const target = start('--port 0 --connections 1 --rate 1')
  await expect(connect(await target.line(port), 'another')).rejects.toThrow('44')
})

it('says in one line what is wrong with its flags, and ends with 2', async () => {
  const { code, complaint } = await start('--port 0 --connections none --rate 1').ended
  expect(code).toBe(2)
  expect(complaint).toBe('--connections is "none": give how many connections to wait for, a whole number from 1 on\n')
})

it('says in one line that its port is taken, and ends with 2', async () => {
  const other = createServer()
  await once(other.listen(0), 'listening')
  const taken = (other.address() as AddressInfo).port
  const { code, complaint } = await start(`--port ${taken} --connections 1 --rate 1`).ended
  other.close()
  expect(code).toBe(2)
  expect(complaint).toMatch(new RegExp(`^--port ${taken} cannot be listened on \\(.*EADDRINUSE.*\\): give another\\n$`))
})
