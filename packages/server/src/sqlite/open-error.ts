/** The store cannot be opened. The message is one line that names the file and the mend (OPS3). */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError'
  readonly path: string

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`cannot open the store "${path}": ${reason}`, options)
    this.path = path
  }
}
