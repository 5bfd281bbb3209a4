/** The mill cannot start. Its message is the one line that the operator reads: what is wrong, and the mend. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
