#!/usr/bin/env node
import { main } from './main.ts'
import { processContext } from './node/process-context.ts'

const code = await main(process.argv.slice(2), processContext())
// What a configuration has started, such as a timer, must not keep a command alive that is done. What was written goes out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
