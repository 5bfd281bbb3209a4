import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { asyncapi as documentOf } from '@millrace/contract/asyncapi'
import { loadConfig } from '../config/load-config.ts'
import type { Context } from '../context.ts'
import { CommandFailure } from '../failure.ts'

export interface AsyncApiOptions {
  readonly config?: string
  readonly out?: string
}

/** Writes the AsyncAPI 3 document of the contract. */
export async function asyncapi(options: AsyncApiOptions, context: Context): Promise<void> {
  const { config } = await loadConfig(context.folder, options.config)
  const text = JSON.stringify(documentOf(config.contract), null, 2)
  if (options.out === undefined) return context.out(text)
  const path = resolve(context.folder, options.out)
  try {
    await writeFile(path, `${text}\n`)
  } catch (error) {
    throw new CommandFailure(
      `${path} cannot be written (${error instanceof Error ? error.message : error})`,
      'name another with --out',
      undefined,
      {
        cause: error,
      },
    )
  }
  context.note(`${path} is written`)
}
