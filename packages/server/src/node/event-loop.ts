/** The process' own event loop. */
export const eventLoop = {
  soon: (run: () => void): void => process.nextTick(run),
  later: (run: () => void): void => void setImmediate(run),
}
