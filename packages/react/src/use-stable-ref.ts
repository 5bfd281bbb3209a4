import type { ChannelDefinition, ChannelRef } from '@millrace/contract'
import { useState } from 'react'

/** The same object for as long as the channel is the same: references are made anew in each render. */
export function useStableRef<C extends ChannelDefinition>(ref: ChannelRef<C> | null): ChannelRef<C> | null {
  const [stable, setStable] = useState(ref)
  const same = stable?.name === ref?.name && stable?.definition === ref?.definition
  if (!same) setStable(ref)
  return same ? stable : ref
}
