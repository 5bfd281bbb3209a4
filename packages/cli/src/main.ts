import { CommanderError } from 'commander'
import type { Context } from './context.ts'
import { exitCodes } from './exit-codes.ts'
import { describeFailure } from './failure.ts'
import { createProgram } from './program.ts'

/** Runs a command line, without the names of program and script; answers the exit code. Never rejects. */
export async function main(args: readonly string[], context: Context): Promise<number> {
  let code: number = exitCodes.ok
  const program = createProgram(context, (exitCode) => {
    code = exitCode
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has said what it had to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const failure = describeFailure(error, args.includes('--verbose'))
    context.note(`millrace: ${failure.text}`)
    return failure.exitCode
  }
}
