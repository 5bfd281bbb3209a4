import type { Publication, TypingEvents } from '@millrace/contract'

/** Somebody who is typing, and what they said about it. */
export interface Typist {
  readonly id: string
  readonly name?: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface TypingState {
  /** In the order in which they began. */
  readonly typists: readonly (Typist & { readonly until: number })[]
}

export const nobodyTyping: TypingState = { typists: [] }

/** The server says when somebody stops; a word of it that was lost on the way is made up for after this long. */
export const typingExpiresMs = 120_000
/** So many typists are shown at most. */
const maxTypists = 100

function readTypist(data: unknown): Typist | null {
  if (typeof data !== 'object' || data === null || !('user' in data)) return null
  const { user, ...detail } = data
  if (typeof user !== 'object' || user === null || !('id' in user) || typeof user.id !== 'string') return null
  return { id: user.id, detail, ...('name' in user && typeof user.name === 'string' && { name: user.name }) }
}

/** Applies a publication, if it is one of the channel's typing events. `self` is the user of this client, who is not shown. */
export function reduceTyping(
  state: TypingState,
  publication: Publication,
  events: TypingEvents,
  now: number,
  self: string | null,
): TypingState {
  if (publication.event !== events.start && publication.event !== events.stop) return state
  const typist = readTypist(publication.data)
  if (typist === null || typist.id === self) return state
  const index = state.typists.findIndex((one) => one.id === typist.id)
  if (publication.event === events.stop) return index < 0 ? state : { typists: state.typists.filter((one) => one.id !== typist.id) }
  const entry = { ...typist, until: now + typingExpiresMs }
  if (index >= 0) return { typists: state.typists.with(index, entry) }
  return state.typists.length >= maxTypists ? state : { typists: [...state.typists, entry] }
}

export function expireTyping(state: TypingState, now: number): TypingState {
  const typists = state.typists.filter((one) => one.until > now)
  return typists.length === state.typists.length ? state : { typists }
}
