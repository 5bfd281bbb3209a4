import { type AnyContract, MillraceError } from '@millrace/contract'
import { channelNameOf } from '../channel-key.ts'
import { describeError } from '../observe/describe-error.ts'
import type { Logger } from '../observe/logger.ts'
import type { OutboxAdmission, OutboxDraft, OutboxEntry } from '../outbox/port.ts'
import type { Publisher } from './publisher.ts'

export interface OutboxAdmissionOptions {
  readonly contract: AnyContract
  readonly publisher: Publisher
  readonly logger: Logger
  readonly onParked: (code: string) => void
}

/** The contract's word on what SQL has published (CON3, OUT4). There is nobody left to answer: what is refused is parked, counted and logged. */
export function createOutboxAdmission({ contract, publisher, logger, onParked }: OutboxAdmissionOptions): OutboxAdmission {
  function admit(draft: OutboxDraft): OutboxEntry {
    const name = channelNameOf(draft.channel)
    const channel = contract.resolve(name)
    if (channel === null) throw new MillraceError('unknown_channel', `no pattern of the contract makes the channel "${name}"`)
    const entry = publisher.fromOutbox(channel, draft)
    // What a key function has made could not be stored, and would hold up all that is behind it.
    if (entry.key !== undefined && (entry.key.includes('\0') || entry.key.length > 500))
      throw new MillraceError('invalid_payload', `the retained key of "${draft.event}" has U+0000, or more than 500 characters`)
    return entry
  }
  return (draft) => {
    try {
      return { kind: 'admitted', entry: admit(draft) }
    } catch (error) {
      const known = error instanceof MillraceError
      const code = known ? error.code : 'internal'
      const reason = known ? error.message : 'the check of the payload failed'
      const { id, event, channel } = draft
      onParked(code)
      logger.error(
        { id, event, channel: channelNameOf(channel), code, reason, ...(!known && describeError(error)) },
        'a publication from SQL is parked',
      )
      return { kind: 'refused', code, reason }
    }
  }
}
