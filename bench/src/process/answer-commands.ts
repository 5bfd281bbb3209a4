/** What a process can be asked to do, by name. */
export type Commands<C> = { readonly [K in keyof C]: { readonly input: unknown; readonly answer: unknown } }

export type Handlers<C extends Commands<C>> = {
  readonly [K in keyof C]: (input: C[K]['input']) => C[K]['answer'] | Promise<C[K]['answer']>
}

export interface Question {
  readonly id: number
  readonly name: string
  readonly input: unknown
}
export type Answer = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string }

/** Answers the runner's commands until it disconnects, which ends the process. */
export function answerCommands<C extends Commands<C>>(handlers: Handlers<C>): void {
  process.on('message', ({ id, name, input }: Question) => {
    // Holds: the runner asks by the same table of commands.
    const handler = Reflect.get(handlers, name) as (input: unknown) => unknown
    const send = (answer: Answer): void => void process.send?.(answer)
    new Promise((resolve) => resolve(handler(input))).then(
      (answer) => send({ id, answer }),
      (error: unknown) => send({ id, error: error instanceof Error ? error.message : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}
