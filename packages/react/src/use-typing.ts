import type { TypingView } from '@millrace/client'
import type { ChannelRef } from '@millrace/contract'
import { useEffect, useMemo } from 'react'
import { useClient } from './provider.tsx'
import { useObserver } from './use-observer.ts'
import { useStableRef } from './use-stable-ref.ts'

export interface Typing extends TypingView {
  /** Call it on each keystroke; it stops by itself 5 s after the last. */
  readonly start: (detail?: Readonly<Record<string, unknown>>) => void
  readonly stop: () => void
}

const nobody: TypingView = { typists: [] }
const nothing = (): void => {}

/** Who else is typing in the channel, and this user's own signal, which ends with the component. */
export function useTyping(ref: ChannelRef | null): Typing {
  const client = useClient()
  const channel = useStableRef(ref)
  const typing = useMemo(() => (channel === null ? null : client.typing(channel)), [client, channel])
  useEffect(() => typing?.stop, [typing])
  const { typists } = useObserver<TypingView>(typing, nobody)
  return { typists, start: typing?.start ?? nothing, stop: typing?.stop ?? nothing }
}
