import type { Publishing } from './commands.ts'

/**
 * Publishes by the clock: what is due is published in this turn of the event loop, whether or not what came before has been sent. Resolves
 * when all is published that is to be.
 */
export function pace(
  { perSecond, perTurn, count, skipLate = false }: Pick<Publishing, 'perSecond' | 'perTurn' | 'count' | 'skipLate'>,
  publish: (n: number) => void,
): Promise<void> {
  const start = performance.now()
  const turnMs = 1_000 / perSecond
  const endMs = (count / perTurn) * turnMs
  let done = 0
  return new Promise((resolve) => {
    const turn = (): void => {
      const nowMs = performance.now() - start
      const due = skipLate && nowMs > endMs ? done : Math.min(count, (Math.floor(nowMs / turnMs) + 1) * perTurn)
      while (done < due) publish(done++)
      const nextMs = (done / perTurn) * turnMs - nowMs
      if (done === count || (skipLate && nowMs > endMs)) resolve()
      else setTimeout(turn, Math.max(1, Math.ceil(nextMs)))
    }
    turn()
  })
}
