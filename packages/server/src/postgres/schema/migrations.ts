import { cluster } from './cluster.ts'
import { inboxFunctions } from './inbox-functions.ts'
import { jobs } from './jobs.ts'
import { logFunctions } from './log-functions.ts'
import { moveFunction } from './move-function.ts'
import { nodeChecks } from './node-checks.ts'
import { outboxFunctions } from './outbox-functions.ts'
import { tables } from './tables.ts'

/**
 * Each takes the schema from one version to the next, and is never changed once it was published. Nodes of the version before go on
 * working on what it makes: a rolling deploy has both.
 */
export const migrations: readonly string[] = [
  tables + logFunctions + outboxFunctions + inboxFunctions,
  cluster + moveFunction,
  jobs,
  nodeChecks,
]
