/** What may wait for one reader of one channel pattern, and what gives way when it is too much (BP1). */
export interface Lane {
  /** The pattern's name in the contract; `direct` for answers and messages to one connection. */
  readonly name: string
  /** Bytes of this lane that may wait for one reader. */
  readonly maxBytes: number
  /** From so many waiting bytes on, volatile frames of this lane are dropped. */
  readonly highWaterBytes: number
  /** Which volatile frame is dropped: the one that comes, or those that wait longest. */
  readonly volatile: 'drop-newest' | 'drop-oldest'
}
