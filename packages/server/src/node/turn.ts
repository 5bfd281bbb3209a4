import type { Timer } from '@millrace/contract'

/** Runs `run` when this turn of the event loop is over. */
export function nextTurn(run: () => void): void {
  setImmediate(run)
}

const longest = 2_147_483_647

/** Keeps the process alive until it is cancelled: the clock's own timers do not. */
export function holdProcess(): Timer {
  const timer = setInterval(() => undefined, longest)
  return { cancel: () => clearInterval(timer) }
}
