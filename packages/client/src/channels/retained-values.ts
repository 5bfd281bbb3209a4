import type { ChannelDefinition, Publication } from '@millrace/contract'
import { type Report, safely } from '../report.ts'

/** The newest value of a retained event, and the newest of each of its keys. */
export interface RetainedView<Data> {
  readonly value: Data | undefined
  /** By the event's key; `''` for an event without one. The newest last. */
  readonly values: ReadonlyMap<string, Data>
}

export const emptyRetained: RetainedView<never> = { value: undefined, values: new Map<string, never>() }

/** So many values of a channel are kept; past them the oldest go. */
const maxValues = 5_000

/** The newest retained publication per event and key of one channel. */
export class RetainedValues {
  readonly #definition: ChannelDefinition
  readonly #report: Report
  readonly #newest = new Map<string, { readonly key: string; readonly publication: Publication }>()
  readonly #views = new Map<string, RetainedView<unknown>>()

  constructor(definition: ChannelDefinition, report: Report) {
    this.#definition = definition
    this.#report = report
  }

  isRetained(publication: Publication): boolean {
    return deliveryOf(this.#definition, publication.event) === 'retained'
  }

  all(): readonly Publication[] {
    return [...this.#newest.values()].map((entry) => entry.publication)
  }

  /** Keeps the publication; false where it is the one that is kept already. */
  add(publication: Publication): boolean {
    const { key, place } = this.#placeOf(publication)
    if (this.#newest.get(place)?.publication.id === publication.id) return false
    this.#newest.delete(place)
    this.#newest.set(place, { key, publication })
    this.#views.delete(publication.event)
    const [oldest] = this.#newest
    if (this.#newest.size > maxValues && oldest !== undefined) {
      this.#newest.delete(oldest[0])
      this.#views.delete(oldest[1].publication.event)
    }
    return true
  }

  /** What the server holds now, in place of all that was known. Answers what is new; null where nothing has changed. */
  replace(publications: readonly Publication[]): readonly Publication[] | null {
    const known = new Set(this.all().map((publication) => publication.id))
    if (known.size === publications.length && publications.every((publication) => known.has(publication.id))) return null
    this.clear()
    for (const publication of publications) this.add(publication)
    return publications.filter((publication) => !known.has(publication.id))
  }

  clear(): void {
    this.#newest.clear()
    this.#views.clear()
  }

  view(event: string): RetainedView<unknown> {
    const cached = this.#views.get(event)
    if (cached !== undefined) return cached
    const values = new Map<string, unknown>()
    for (const { key, publication } of this.#newest.values()) if (publication.event === event) values.set(key, publication.data)
    const view = values.size === 0 ? emptyRetained : { value: [...values.values()].at(-1), values }
    this.#views.set(event, view)
    return view
  }

  #placeOf({ event, data }: Publication): { readonly key: string; readonly place: string } {
    let key = ''
    // The key is the application's function; what it throws on data of a later version must not stop the stream (CON4).
    safely(this.#report, { during: 'listener', event }, () => {
      // Holds: the data was made for this event by the server, which checked it.
      key = this.#definition.events[event]?.key?.(data as never) ?? ''
    })
    return { key, place: JSON.stringify([event, key]) }
  }
}

/** Undefined for an event that this contract does not know. */
export function deliveryOf(definition: ChannelDefinition, event: string): 'durable' | 'retained' | 'volatile' | undefined {
  return Object.hasOwn(definition.events, event) ? definition.events[event]?.delivery : undefined
}
