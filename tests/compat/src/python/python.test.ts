import { describe, expect, it } from 'vitest'
import { startMillraceSubject } from '../millrace-subject.ts'
import { startStockSubject } from '../stock-subject.ts'
import { howToGetIt, pythonSocketIoInstalled } from './python-client.ts'
import { describePythonClient } from './suite.ts'

const installed = pythonSocketIoInstalled()
if (!installed) console.warn(`skipped: tests with python-socketio, which is not installed. Get it: ${howToGetIt}`)

describe('python-socketio', () => {
  it('is there where it has to be', () => {
    const required = process.env.CI === 'true'
    expect(installed || !required, `python-socketio is not installed. Get it: ${howToGetIt}`).toBe(true)
  })
  if (!installed) return
  describe('the official server', () => {
    for (const mode of ['sync', 'async'] as const)
      for (const way of ['polling', 'upgrade'] as const) describePythonClient(mode, way, startStockSubject)
  })
  describe('Millrace', () => {
    for (const mode of ['sync', 'async'] as const)
      for (const way of ['polling', 'websocket', 'upgrade'] as const) describePythonClient(mode, way, startMillraceSubject)
  })
})
