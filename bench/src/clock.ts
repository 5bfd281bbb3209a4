const attempts = 1_000

/** Between the machine's monotonic clock and `performance.now()`: the reading that was interrupted least. */
function measuredOffset(): number {
  let offset = Number.NEGATIVE_INFINITY
  for (let attempt = 0; attempt < attempts; attempt++)
    offset = Math.max(offset, Number(process.hrtime.bigint()) / 1_000 - performance.now() * 1_000)
  return offset
}

const offset = measuredOffset()

/** Microseconds of the machine's monotonic clock, which all processes of one machine share. Allocates nothing. */
export const nowUs = (): number => Math.floor(offset + performance.now() * 1_000)
