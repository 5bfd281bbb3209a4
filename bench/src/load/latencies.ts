// Each power of two is cut into so many buckets: a figure is off by 1/128 at most.
const cuts = 128
const cutBits = 7
const largest = 2 ** 31 - 1

function bucketOf(us: number): number {
  if (us < cuts) return us
  const exponent = 31 - Math.clz32(us) - cutBits
  return (exponent + 1) * cuts + (us >> exponent) - cuts
}

function highestOf(bucket: number): number {
  if (bucket < cuts) return bucket
  const exponent = Math.floor(bucket / cuts) - 1
  return ((bucket % cuts) + cuts + 1) * 2 ** exponent - 1
}

/** Counts whole microseconds by logarithmic buckets: a few nanoseconds per value, where `perf_hooks` takes a hundred. */
export class Latencies {
  readonly #counts = new Float64Array((32 - cutBits) * cuts)
  #total = 0

  get total(): number {
    return this.#total
  }

  record(us: number): void {
    const bucket = bucketOf(Math.max(0, Math.min(us, largest)))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total++
  }

  /** In microseconds; NaN when nothing was recorded. */
  percentile(share: number): number {
    if (this.#total === 0) return Number.NaN
    let left = Math.max(1, Math.ceil(this.#total * share))
    for (const [bucket, count] of this.#counts.entries()) {
      left -= count
      if (left <= 0) return highestOf(bucket)
    }
    return largest
  }

  reset(): void {
    this.#counts.fill(0)
    this.#total = 0
  }
}
