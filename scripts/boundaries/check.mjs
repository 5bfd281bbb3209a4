import { codeRules } from './code-rules.mjs'
import { packageRules } from './package-rules.mjs'
import { serverRules } from './server-rules.mjs'
import { readSource } from './source.mjs'

/** Checks files given as `[path, text]`; answers the faults as lines of text, in the order of the files. */
export function checkBoundaries(files) {
  const faults = []
  for (const [path, text] of files) {
    const source = readSource(path, text)
    for (const rules of [packageRules, serverRules, codeRules])
      for (const { line, message } of rules(source)) faults.push(`${path}:${line}  ${message}`)
  }
  return faults
}
