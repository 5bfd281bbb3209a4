import { ConfigurationError } from '@millrace/server'
import type { z } from 'zod'
import type { MillraceConfig } from '../define-config.ts'
import { configSchema } from './schema.ts'
import { suggest } from './suggest.ts'

function unknownSetting(file: string, setting: string, known: readonly string[]): ConfigurationError {
  const meant = suggest(setting.split('.').at(-1) ?? '', known)
  return new ConfigurationError(`${file}: ${setting}`, 'is not known', meant === null ? 'remove it' : `did you mean "${meant}"?`)
}

function knownAt(path: readonly PropertyKey[]): readonly string[] {
  const schema = path.length === 0 ? configSchema : configSchema.shape[path[0] as keyof typeof configSchema.shape]
  // Holds: settings with names of their own are strict objects, optional below the top.
  const inner = 'unwrap' in schema ? (schema.unwrap() as z.ZodType) : schema
  return 'shape' in inner ? Object.keys(inner.shape as object) : []
}

function refusal(file: string, issue: z.core.$ZodIssue): ConfigurationError {
  const setting = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') return unknownSetting(file, [...issue.path, issue.keys[0]].join('.'), knownAt(issue.path))
  const [problem = '', mend = ''] = issue.message.split(/: (.*)/s)
  return new ConfigurationError(setting === '' ? file : `${file}: ${setting}`, problem, mend)
}

/** The configuration in what a file exports; throws a `ConfigurationError` that names the setting, for the first that is wrong. */
export function checkConfig(exported: unknown, file: string): MillraceConfig {
  const given = typeof exported === 'object' && exported !== null ? Object.entries(exported) : []
  // Not taken for the default: a store in memory instead of the database whose address was not set would lose everything.
  for (const [setting, value] of given)
    if (value === undefined)
      throw new ConfigurationError(`${file}: ${setting}`, 'is undefined', 'set the environment variable that it is read from, or remove it')
  const checked = configSchema.safeParse(exported)
  if (!checked.success) {
    const [first] = checked.error.issues
    throw first === undefined ? checked.error : refusal(file, first)
  }
  // Holds: the shape was checked; what the schema leaves open is what `createServer` checks, and the types of functions, which nobody can.
  const config = exported as MillraceConfig
  for (const [setting, known] of [
    ['policy', Object.keys(config.contract.channels)],
    ['handlers', Object.keys(config.contract.requests)],
  ] as const)
    for (const name of Object.keys(config[setting] ?? {}))
      if (!known.includes(name)) throw unknownSetting(file, `${setting}.${name}`, known)
  return config
}
