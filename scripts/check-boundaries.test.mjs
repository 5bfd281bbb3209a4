import { describe, expect, it } from 'vitest'
import { checkBoundaries } from './boundaries/check.mjs'

/** The faults of one file, without its path. */
function faults(path, text) {
  return checkBoundaries([[path, text]]).map((fault) => fault.slice(path.length + 1))
}

const refused = [
  ['server imports client', 'packages/server/src/hub.ts', "import { x } from '@millrace/client'", 'must not import @millrace/client'],
  [
    'client imports server, as a type',
    'packages/client/src/a.ts',
    "import type { X } from '@millrace/server'",
    'must not import @millrace/server',
  ],
  ['client imports server in a test', 'packages/client/src/a.test.ts', "import { x } from '@millrace/server/testing'", 'must not import'],
  [
    'react imports server',
    'packages/react/src/a.tsx',
    "export { x } from '@millrace/server'",
    'packages/react must not import @millrace/server',
  ],
  [
    'contract imports one of ours',
    'packages/contract/src/a.ts',
    "import { x } from '@millrace/client'",
    'packages/contract must not import',
  ],
  ['contract imports a builtin', 'packages/contract/src/a.ts', "import { x } from 'node:fs'", 'runs in browsers'],
  ['contract imports zod outside wire', 'packages/contract/src/a.ts', "import { z } from 'zod'", 'any schema library'],
  [
    'a package imports a test helper',
    'packages/client/src/a.test.ts',
    "import { x } from '@millrace-tests/support'",
    'a package must not import',
  ],
  [
    'a relative path leaves the package',
    'packages/client/src/a.ts',
    "import { x } from '../../contract/src/index.ts'",
    'leaves packages/client',
  ],
  ['an import reaches into sources', 'examples/rice-mill/src/a.ts', "import { x } from '@millrace/server/src/hub.ts'", 'reaches into'],
  ['socket.io outside transport', 'packages/server/src/hub.ts', "import { Server } from 'socket.io'", 'transport alone'],
  ['engine.io outside transport, at run time', 'packages/server/src/log/a.ts', "const x = await import('engine.io')", 'transport alone'],
  ['socket.io-client outside the client', 'packages/react/src/a.ts', "import { io } from 'socket.io-client'", 'packages/client alone'],
  [
    'a folder imports another',
    'packages/server/src/log/a.ts',
    "import { x } from '../presence/typing.ts'",
    'log/ must not import presence/typing.ts',
  ],
  ['a folder imports another’s type', 'packages/server/src/log/a.ts', "import type { X } from '../presence/typing.ts'", 'use its port'],
  ['a folder names another’s type in place', 'packages/server/src/log/a.ts', "let x: import('../presence/typing.ts').X", 'use its port'],
  ['a folder imports the hub', 'packages/server/src/channels/a.ts', "import { x } from '../hub.ts'", 'which puts the parts together'],
  [
    'sqlite imports what it does not store',
    'packages/server/src/sqlite/a.ts',
    "import { x } from '../channels/feeds.ts'",
    'sqlite/ must not import',
  ],
  ['setTimeout', 'packages/server/src/log/a.ts', 'setTimeout(run, 5)', 'setTimeout: use the Clock'],
  ['setInterval by another way', 'packages/client/src/a.ts', 'const every = globalThis.setInterval', 'setInterval: use the Clock'],
  ['Date.now', 'packages/client/src/a.ts', 'const now = Date.now', 'Date.now: the time comes from the Clock'],
  ['new Date()', 'packages/client/src/a.ts', 'const now = new Date()', 'the time comes from the Clock'],
  ['Math.random', 'packages/client/src/a.ts', 'const x = Math.random()', 'chance is passed in'],
  ['new WebSocket', 'packages/client/src/a.ts', 'const x = new WebSocket(url)', 'sockets are passed in'],
  ['timers by import', 'packages/server/src/log/a.ts', "import { setTimeout as wait } from 'node:timers/promises'", 'waits by itself'],
  ['a test that sleeps', 'tests/sdk/src/a.test.ts', 'await new Promise((done) => setTimeout(done, 50))', 'a test does not sleep'],
  ['a file that is too long', 'packages/server/src/log/a.ts', 'a\n'.repeat(501), '501 lines; 500 is the limit'],
  ['a test that is too long', 'packages/server/src/log/a.test.ts', 'a\n'.repeat(801), '801 lines; 800 is the limit'],
]

const accepted = [
  [
    'packages/server/src/log/a.ts',
    "import type { Envelope } from '../broker/port.ts'\nimport { channelKey } from '../channel-key.ts'\nimport { x } from './b.ts'",
  ],
  ['packages/server/src/hub/a.ts', "import { x } from '../channels/feeds.ts'"],
  ['packages/server/src/hub.ts', "import { x } from './channels/feeds.ts'"],
  ['packages/server/src/testing/a.ts', "import { x } from '../hub.ts'\nimport { y } from '../auth/jwt.ts'"],
  ['packages/server/src/sqlite/a.ts', "import { x } from '../log/sqlite-log.ts'"],
  ['packages/server/src/channels/a.test.ts', "import { x } from '../log/memory-log.ts'"],
  ['packages/server/src/transport/a.ts', "import { Server } from 'socket.io'"],
  ['packages/server/src/node/clock.ts', 'setTimeout(run, Date.now() + Math.random())'],
  ['packages/client/src/browser/a.ts', 'new WebSocket(url)'],
  [
    'packages/client/src/a.ts',
    '// setTimeout(run)\nconst text = "Date.now()"\nclock.setTimeout(1)\nnew Date(5)\nconst o = { setTimeout: 1 }',
  ],
  ['packages/react/src/a.tsx', "import { x } from '@millrace/client'\nexport const View = () => <p>setTimeout</p>"],
  ['packages/server/src/log/a.test.ts', 'a\n'.repeat(800)],
  ['tests/support/src/node/a.ts', 'setTimeout(run, 5)'],
]

describe('boundaries', () => {
  it.each(refused)('refuse: %s', (_, path, text, message) => {
    const found = faults(path, text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  it.each(accepted)('accept what is right in %s', (path, text) => {
    expect(faults(path, text)).toEqual([])
  })

  it('name the line', () => {
    expect(faults('packages/client/src/a.ts', "\n\nimport { x } from '@millrace/server'")[0]).toMatch(/^3 {2}/)
  })
})
