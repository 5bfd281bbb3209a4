import { migratePostgres } from '@millrace/server/postgres'
import { loadConfig } from '../config/load-config.ts'
import { nameOf } from '../config/open-parts.ts'
import type { Context } from '../context.ts'
import { CommandFailure } from '../failure.ts'

export interface MigrateOptions {
  readonly config?: string
  readonly url?: string
  readonly dryRun?: boolean
}

async function urlOf({ url, config: path }: MigrateOptions, context: Context): Promise<string> {
  if (url !== undefined) return url
  const { store } = (await loadConfig(context.folder, path)).config
  if (typeof store === 'string' && /^postgres(ql)?:/.test(store)) return store
  throw typeof store === 'function'
    ? new CommandFailure('the configuration opens its store itself', 'name the database with --url postgres://…')
    : new CommandFailure(
        `the store is ${store ?? 'memory:'}`,
        'there is nothing to migrate: only PostgreSQL is; SQLite migrates when it is opened',
      )
}

/** Brings the tables of a PostgreSQL database up to date. */
export async function migrate(options: MigrateOptions, context: Context): Promise<void> {
  const url = await urlOf(options, context)
  const { from, to } = await migratePostgres({ url, dryRun: options.dryRun ?? false })
  const place = nameOf(url, '')
  if (from === to) context.out(`${place}: the schema is of version ${to}, nothing to do`)
  else if (options.dryRun) context.out(`${place}: would go from version ${from} to ${to}`)
  else context.out(`${place}: from version ${from} to ${to}`)
}
