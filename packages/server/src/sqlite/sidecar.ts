import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

/** What a sidecar says of its database: whose it is, and how far it had come. */
export interface Mark {
  readonly epoch: string
  readonly commits: number
}

const format = /^millrace ([\w-]{1,64}) (\d{16})\n$/
const maxBytes = 128

/**
 * A small file beside the database, `PATH.epoch`, that is not part of any copy of it. It is written after each commit, so it is
 * never ahead of the database that it belongs to: a database that is behind it has been restored or has lost what it had (LOG6).
 */
export class Sidecar {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  }

  /** Null where there is none yet, or none that can be understood. */
  read(): Mark | null {
    const buffer = Buffer.alloc(maxBytes)
    const length = readSync(this.#file, buffer, 0, maxBytes, 0)
    const [, epoch, commits] = format.exec(buffer.toString('latin1', 0, length)) ?? []
    return epoch === undefined ? null : { epoch, commits: Number(commits) }
  }

  /** In place and in one call, so that a killed process leaves the old text or the new one. */
  write({ epoch, commits }: Mark): void {
    writeSync(this.#file, `millrace ${epoch} ${String(commits).padStart(16, '0')}\n`, 0, 'latin1')
  }

  close(): void {
    fsyncSync(this.#file)
    closeSync(this.#file)
  }
}

/**
 * Whether a database's past is the one that its readers know. A mark of another epoch, or one that is ahead, says that this is
 * not the database it was; without a mark nothing speaks for one that has publications.
 */
export function isContinued(database: Mark, mark: Mark | null): boolean {
  if (mark === null) return database.commits === 0
  return mark.epoch === database.epoch && mark.commits <= database.commits
}
