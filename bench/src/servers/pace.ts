import type { Publishing } from './commands.ts'

/**
 * Publishes by the clock: what is due is published in this turn of the event loop, whether or not what came before has been sent. A server that
 * cannot keep up falls behind. Answers how many were published until the last was due.
 */
export function pace({ perSecond, perTurn, count }: Publishing, publish: (n: number) => void): Promise<number> {
  const start = performance.now()
  const turnMs = 1_000 / perSecond
  const over = start + (count / perTurn) * turnMs
  let done = 0
  return new Promise((resolve) => {
    const turn = (): void => {
      const now = performance.now()
      if (now > over) {
        resolve(done)
        return
      }
      const turns = Math.floor((now - start) / turnMs) + 1
      const due = Math.min(count, turns * perTurn)
      while (done < due) publish(done++)
      const nextAt = start + (done / perTurn) * turnMs
      if (done === count) resolve(done)
      else setTimeout(turn, Math.max(1, Math.ceil(nextAt - performance.now())))
    }
    turn()
  })
}
