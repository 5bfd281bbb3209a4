import type { ChannelKey } from '../channel-key.ts'
import { integer, type Sql, text } from '../sqlite/port.ts'
import type { StoredPublication } from './port.ts'

interface Channel {
  readonly id: number
  head: number
  dirty: boolean
}

// Past so many channels the cache starts anew; it holds nothing that the database does not.
const cachedChannelsMax = 10_000

/**
 * Appends inside the store's transactions. Heads are kept in memory between transactions and are trusted as long as SQLite says
 * that no other connection has committed (`PRAGMA data_version`), so that an append is one statement.
 */
export class LogTables {
  readonly #sql: Sql
  readonly #channels = new Map<ChannelKey, Channel>()
  readonly #dirty: Channel[] = []
  #dataVersion: number | null = null
  #epoch = ''
  #commits = 0

  constructor(sql: Sql) {
    this.#sql = sql
  }

  get epoch(): string {
    return this.#epoch
  }

  /** How many transactions have changed the log: what shows that a database is older than it was. */
  get commits(): number {
    return this.#commits
  }

  /** First in a transaction. */
  begin(): void {
    const dataVersion = integer(this.#sql.get('PRAGMA data_version')?.data_version)
    if (dataVersion === this.#dataVersion && this.#channels.size <= cachedChannelsMax) return
    this.#channels.clear()
    const meta = this.#sql.get('SELECT epoch, commits FROM millrace_meta')
    this.#epoch = text(meta?.epoch)
    this.#commits = integer(meta?.commits)
    this.#dataVersion = dataVersion
  }

  channelId(key: ChannelKey): number {
    return this.#open(key).id
  }

  /** The offset that the next append to the channel gets. */
  nextOffset(key: ChannelKey): number {
    return this.#open(key).head + 1
  }

  /** Leaves nothing behind when it throws. */
  append(key: ChannelKey, { event, json, id, time, actor }: StoredPublication): number {
    const channel = this.#open(key)
    const offset = channel.head + 1
    this.#sql.run(
      'INSERT INTO millrace_log (channel, offset, event, json, id, time, actor_id, actor_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      channel.id,
      offset,
      event,
      json,
      id,
      time,
      actor?.id ?? null,
      actor?.name ?? null,
    )
    channel.head = offset
    if (!channel.dirty) this.#dirty.push(channel)
    channel.dirty = true
    return offset
  }

  /** Answers the value's revision. Leaves nothing behind when it throws. */
  retain(channel: ChannelKey, key: string, { event, json, id, time, actor }: StoredPublication): number {
    const row = this.#sql.get(
      `INSERT OR REPLACE INTO millrace_retained (channel, event, key, json, id, time, actor_id, actor_name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
      this.#open(channel).id,
      event,
      key,
      json,
      id,
      time,
      actor?.id ?? null,
      actor?.name ?? null,
    )
    return integer(row?.seq)
  }

  /** Last in a transaction: writes what has changed. True when the log has. */
  finish(): boolean {
    if (this.#dirty.length === 0) return false
    for (const channel of this.#dirty) {
      this.#sql.run('UPDATE millrace_channels SET head = ? WHERE id = ?', channel.head, channel.id)
      channel.dirty = false
    }
    this.#dirty.length = 0
    this.#commits += 1
    this.#sql.run('UPDATE millrace_meta SET commits = ?', this.#commits)
    return true
  }

  /** After a job was undone: a channel that was made in it is gone again, and has no appends that stay. */
  forgetUnused(): void {
    for (const [key, channel] of this.#channels) if (!channel.dirty) this.#channels.delete(key)
  }

  /** After a rollback: nothing that is remembered holds. */
  forget(): void {
    this.#channels.clear()
    this.#dirty.length = 0
    this.#dataVersion = null
  }

  #open(key: ChannelKey): Channel {
    const known = this.#channels.get(key)
    if (known !== undefined) return known
    const row =
      this.#sql.get('SELECT id, head FROM millrace_channels WHERE key = ?', key) ??
      this.#sql.get('INSERT INTO millrace_channels (key) VALUES (?) RETURNING id, head', key)
    const channel = { id: integer(row?.id), head: integer(row?.head), dirty: false }
    this.#channels.set(key, channel)
    return channel
  }
}
