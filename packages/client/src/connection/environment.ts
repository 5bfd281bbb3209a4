export type EnvironmentSignal = 'online' | 'offline' | 'visible' | 'hidden'

/** What the surroundings tell the client. `hidden` may be the last that a page hears. */
export interface Environment {
  online(): boolean
  subscribe(listener: (signal: EnvironmentSignal) => void): () => void
}
