import type { ChannelRef } from '@millrace/contract'
import type { MillraceClient } from '../create-client.ts'
import type { LiveListOptions } from '../live-list/live-list.ts'
import type { mill } from './mill-contract.ts'

export type MillRef = ReturnType<typeof mill.channels.mill>
export type Purchase = { readonly id: string; readonly kg: number }
export type PurchaseListOptions = LiveListOptions<MillRef['definition'], string, Purchase>

/** One use of a hook or composable; which one it is stays the same for as long as the component is there. */
export type BindingUse =
  | { readonly hook: 'connection' }
  | { readonly hook: 'event'; readonly ref: MillRef | null; readonly handler: (purchase: Purchase) => void }
  | { readonly hook: 'gap'; readonly ref: ChannelRef | null; readonly handler: (gap: { readonly why: string }) => void }
  | { readonly hook: 'status'; readonly ref: ChannelRef | null }
  | { readonly hook: 'retained'; readonly ref: MillRef | null }
  | { readonly hook: 'list'; readonly ref: MillRef | null; readonly options: PurchaseListOptions }
  | { readonly hook: 'request' }
  | { readonly hook: 'presence'; readonly ref: ChannelRef | null; readonly state?: { readonly screen: string } }
  | { readonly hook: 'typing'; readonly ref: ChannelRef | null }
  | { readonly hook: 'notifications' }

export interface Mounted {
  /** What the hook answers now: an object, with the fields that `@millrace/react` documents. */
  current(): Readonly<Record<string, unknown>>
  /** Renders again, with another use of the same hook. */
  update(use: BindingUse): void
  unmount(): void
}

/** How a framework's binding is driven by the cases that all bindings share (CLI5). */
export interface BindingDriver {
  /** Mounts components below one provider of `client`, one for each use. */
  mount(client: MillraceClient<typeof mill>, use: BindingUse): Mounted
  /** Does something, and lets the framework come to rest. */
  act(run: () => void | Promise<void>): Promise<void>
}

/** A case that every binding has to stand. Throws where it does not. */
export interface BindingCase {
  readonly title: string
  readonly run: (driver: BindingDriver) => Promise<void>
}
