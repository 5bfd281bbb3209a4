import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { eventually } from './deadline.ts'
import { freePort } from './free-port.ts'
import { type TempFolder, tempFolder } from './temp-folder.ts'

const standard = 'amqp://guest:guest@127.0.0.1:5672'
// On Debian the one on the PATH changes to a user and a folder of its own.
const folders = ['/usr/lib/rabbitmq/bin', ...(process.env.PATH ?? '').split(delimiter)]
const program = folders.map((folder) => join(folder, 'rabbitmq-server')).find(existsSync) ?? null

/** Whether this machine has what a private server needs. */
export const canStartRabbit = program !== null

/** RabbitMQ for tests. The server may be used by others too: name queues after the test. */
export interface TestRabbit extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** Whether a server that speaks AMQP 0-9-1 listens there: it answers the protocol's header with `connection.start`. */
async function rabbitAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port) || 5672, host: hostname, timeout: 2_000 })
  socket.on('timeout', () => socket.destroy(new Error('no answer')))
  try {
    await once(socket, 'connect')
    socket.write(Buffer.from('AMQP\u0000\u0000\u0009\u0001', 'latin1'))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer[0] === 1
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** An address from the environment (`TEST_RABBITMQ_URL`), else the standard port, else a private server; null where none can be had. */
export async function openTestRabbit(): Promise<TestRabbit | null> {
  const given = process.env.TEST_RABBITMQ_URL
  const url = given ?? standard
  if (given !== undefined || (await rabbitAnswers(url)))
    return { url, port: Number(new URL(url).port) || 5672, [Symbol.asyncDispose]: () => Promise.resolve() }
  return program === null ? null : await startPrivateRabbit()
}

/** A RabbitMQ of the test's own. It takes some seconds to start. */
export async function startPrivateRabbit(): Promise<TestRabbit> {
  if (program === null) throw new Error('there is no RabbitMQ to start')
  const folder = await tempFolder('rabbitmq')
  const [port, distributionPort] = [await freePort(), await freePort()]
  const url = `amqp://guest:guest@127.0.0.1:${port}`
  // A process group of its own: the program is a script, and Erlang starts others.
  const running = spawn(program, [], { env: environment(folder, port, distributionPort), stdio: 'ignore', detached: true })
  const end = () => endGroup(running)
  process.once('exit', end)
  try {
    await eventually('RabbitMQ answers', () => rabbitAnswers(url), { ms: 120_000 })
  } catch (error) {
    end()
    throw error
  }
  return {
    ...{ url, port },
    async [Symbol.asyncDispose]() {
      process.off('exit', end)
      const gone = once(running, 'exit')
      end()
      await gone
      await folder[Symbol.asyncDispose]()
    },
  }
}

function environment({ path }: TempFolder, port: number, distributionPort: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: path,
    RABBITMQ_NODENAME: `millrace-test-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(path, 'mnesia'),
    RABBITMQ_LOG_BASE: join(path, 'log'),
    RABBITMQ_PID_FILE: join(path, 'pid'),
    RABBITMQ_CONFIG_FILE: join(path, 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: join(path, 'rabbitmq-env.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(path, 'enabled_plugins'),
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
