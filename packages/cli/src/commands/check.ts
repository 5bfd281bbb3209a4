import { type Finding, failure, findingLine, ok } from '../check/finding.ts'
import { judgeNode, judgePair, judgeSettings } from '../check/judge.ts'
import { probeAuth, probeBroker, probeFiles, probePort, probeSettings, probeStore, probing } from '../check/probes.ts'
import { type LoadedConfig, loadConfig } from '../config/load-config.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { defaultPort } from './serve.ts'

export interface CheckOptions {
  readonly config?: string
  readonly json?: boolean
  readonly verbose?: boolean
}

const withinMs = 15_000

/** What each found; one that does not come to an end has failed. */
function inTime(context: Context, name: string, probe: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  return new Promise((resolve) => {
    const late = new Error(`no answer within ${withinMs / 1_000} s: see whether it is overloaded, or a firewall drops what is sent`)
    const timer = context.clock.after(withinMs, () => resolve([failure(name, late)]))
    void probing(name, probe).then((findings) => {
      timer.cancel()
      resolve(findings)
    })
  })
}

async function findingsOf({ config, folder, path }: LoadedConfig, context: Context): Promise<readonly Finding[]> {
  const production = context.env.NODE_ENV === 'production'
  const { port = defaultPort, host } = config.http ?? {}
  const probes: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ['settings', () => probeSettings(config)],
    ['auth', () => probeAuth(config)],
    ['store', () => probeStore(config, folder)],
    ['broker', () => probeBroker(config)],
    ['port', () => probePort(port, host)],
    ['files', () => probeFiles()],
  ]
  const found = await Promise.all(probes.map(([name, probe]) => inTime(context, name, probe)))
  return [ok('config', path), ...judgeSettings(config, production), ...found.flat(), ...judgePair(config, production)]
}

/** Looks at every setting and dependency; the exit code says whether a server would start. */
export async function check(options: CheckOptions, context: Context): Promise<number> {
  const findings = [
    judgeNode(process.versions.node),
    ...(await loadConfig(context.folder, options.config).then(
      (loaded) => findingsOf(loaded, context),
      (error: unknown) => [failure('config', error)],
    )),
  ]
  const failed = findings.filter(({ status }) => status === 'fail').length
  if (options.json) context.out(JSON.stringify({ ok: failed === 0, findings }, null, 2))
  else for (const finding of findings) context.out(findingLine(finding, context.colours))
  return failed === 0 ? exitCodes.ok : exitCodes.failed
}
