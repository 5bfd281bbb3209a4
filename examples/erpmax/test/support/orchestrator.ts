import type { Logger } from '@millrace/server'
import { systemClock } from '@millrace/server'
import { type TempFolder, tempFolder } from '@millrace-tests/support'
import { type Config, readConfig } from '../../src/server/start/config.ts'
import { type Orchestrator, startOrchestrator } from '../../src/server/start/orchestrator.ts'
import { startWorkers, type Workers } from '../../src/server/start/workers.ts'
import { api, type Person, signIn } from './api.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
export const secret = 'a-secret-of-the-tests-with-more-than-32-characters'

export interface TestOrchestrator extends AsyncDisposable {
  readonly url: string
  readonly node: Orchestrator
  readonly workers: Workers
  readonly config: Config
  /** REST without a token. */
  readonly anyone: ReturnType<typeof api>
  /** Signs somebody in: `as('lena@acme.test')`. */
  as(email: string): Promise<Person>
}

/** One node in this process, on a free port and in a folder of its own; workers where they are asked for. */
export async function openOrchestrator(env: Readonly<Record<string, string>> = {}): Promise<TestOrchestrator> {
  const folder: TempFolder = await tempFolder('erpmax')
  const given = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: folder.path,
    JWT_SECRET: secret,
    LOG_LEVEL: 'silent',
    WORKERS: '0',
    STEP_MS: '20',
  }
  const config = readConfig({ ...given, ...env })
  const node = await startOrchestrator(config, silent)
  const workers = startWorkers(config, systemClock, silent)
  const url = `http://127.0.0.1:${node.port}`
  return {
    ...{ url, node, workers, config },
    anyone: api(url),
    as: (email) => signIn(url, email),
    async [Symbol.asyncDispose]() {
      await workers.stop()
      await node.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}
