/** Who does what only one node may do at a time (ALR2). A lease that is not renewed runs out by itself: its holder may be gone. */
export interface LeaseStore {
  /**
   * Takes the lease, or renews one's own, for `ttlMs` from now by the store's clock. False where another holder has it. As one atomic step,
   * whatever the number of nodes.
   */
  acquire(name: string, holder: string, ttlMs: number): Promise<boolean>
  /** Gives it back, so that nobody has to wait. Does nothing where somebody else holds it. */
  release(name: string, holder: string): Promise<void>
}
