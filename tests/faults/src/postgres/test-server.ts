import { canStartPostgres } from '@millrace-tests/support'

if (!canStartPostgres && process.env.CI === 'true') throw new Error('no initdb and postgres here: install PostgreSQL 14 or newer')
if (!canStartPostgres) process.stderr.write('skipped: faults of PostgreSQL, for want of initdb and postgres\n')

/** Whether these tests can run. With CI=true they have to. */
export const postgresIsThere = canStartPostgres
