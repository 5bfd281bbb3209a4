import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigurationError } from '@millrace/server'
import { createJiti } from 'jiti'
import type { MillraceConfig } from '../define-config.ts'
import { checkConfig } from './check-config.ts'

/** Looked for in the working directory, in this order, where `--config` is not given. */
export const configFiles = ['millrace.config.ts', 'millrace.config.mts', 'millrace.config.js', 'millrace.config.mjs'] as const

export interface LoadedConfig {
  readonly path: string
  /** What paths in it are relative to. */
  readonly folder: string
  readonly config: MillraceConfig
}

function find(folder: string, given: string | undefined): string {
  if (given !== undefined) {
    const path = resolve(folder, given)
    if (!existsSync(path)) throw new ConfigurationError('--config', `names ${path}, which is not there`, 'correct the path')
    return path
  }
  const found = configFiles.map((file) => join(folder, file)).find((path) => existsSync(path))
  if (found !== undefined) return found
  throw new ConfigurationError(
    '--config',
    'is not given, and there is no millrace.config.ts here',
    'write one, or name another with --config FILE',
  )
}

/** Loads and checks a configuration in TypeScript or JavaScript; rejects with a `ConfigurationError` of one line. */
export async function loadConfig(folder: string, given: string | undefined): Promise<LoadedConfig> {
  const path = find(folder, given)
  const file = basename(path)
  let exported: unknown
  try {
    exported = await createJiti(import.meta.url, { fsCache: false }).import(path, { default: true })
  } catch (error) {
    if (error instanceof Error && error.name === 'ConfigurationError') throw error
    const said = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]
    const failure = new ConfigurationError(file, `could not be loaded (${said})`, 'mend it; --verbose shows where it failed')
    failure.cause = error
    throw failure
  }
  return { path, folder: dirname(path), config: checkConfig(exported, file) }
}
