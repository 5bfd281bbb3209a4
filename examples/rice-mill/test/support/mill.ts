import type { Logger } from '@millrace/server'
import { type TempFolder, tempFolder } from '@millrace-tests/support'
import type { Config } from '../../src/server/start/config.ts'
import { type RiceMill, startRiceMill } from '../../src/server/start/rice-mill.ts'
import { api, type Person, signIn } from './api.ts'

export const secret = 'a-secret-of-the-tests-with-more-than-32-characters'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export interface TestMill extends AsyncDisposable {
  readonly url: string
  readonly mill: RiceMill
  readonly dataDir: string
  /** REST without a token. */
  readonly anyone: ReturnType<typeof api>
  /** Signs somebody in: `as('asha')`. */
  as(name: string): Promise<Person>
}

/** The whole mill in this process, on a free port and in a folder of its own. */
export async function openMill(config: Partial<Config> = {}, logger: Logger = silent): Promise<TestMill> {
  const folder: TempFolder | null = config.dataDir === undefined ? await tempFolder('rice-mill') : null
  const dataDir = config.dataDir ?? folder?.path ?? ''
  const mill = await startRiceMill(
    { port: 0, host: '127.0.0.1', accessTokenSecret: secret, accessTokenTtlSeconds: 900, logLevel: 'silent', ...config, dataDir },
    logger,
  )
  const url = `http://127.0.0.1:${mill.port}`
  return {
    url,
    mill,
    dataDir,
    anyone: api(url),
    as: (name) => signIn(url, `${name}@millrace.test`),
    async [Symbol.asyncDispose]() {
      await mill.stop()
      await folder?.[Symbol.asyncDispose]()
    },
  }
}
