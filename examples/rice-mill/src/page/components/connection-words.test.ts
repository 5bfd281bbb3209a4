import { describe, expect, it } from 'vitest'
import { connectionWords } from './connection-words.ts'

describe('the state of the connection', () => {
  it('counts down to the next attempt', () => {
    const words = connectionWords({ state: 'reconnecting', attempt: 3, nextAttemptAt: 10_000, cause: 'network' }, 6_200)
    expect(words).toMatchObject({ tone: 'busy', label: 'Reconnecting · attempt 3' })
    expect(words.meaning).toContain('next attempt in 4 s')
  })

  it('says that an attempt is under way', () => {
    expect(connectionWords({ state: 'reconnecting', attempt: 1, nextAttemptAt: null, cause: 'network' }, 0).meaning).toContain('trying now')
  })

  it('tells a device without network from a mill that cannot be reached, and both from a refusal', () => {
    expect(connectionWords({ state: 'offline', attempt: 1, nextAttemptAt: null }, 0).label).toBe('Offline')
    expect(connectionWords({ state: 'refused', code: 'revoked', message: 'The right was withdrawn' }, 0)).toMatchObject({
      label: 'Refused',
      meaning: 'The right was withdrawn. Sign in again to go on.',
    })
    expect(connectionWords({ state: 'idle' }, 0).tone).toBe('quiet')
  })
})
