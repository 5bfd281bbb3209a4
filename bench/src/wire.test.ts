import { expect, it } from 'vitest'
import { events, frameText, timestampAt } from './wire.ts'

it('has the time of publication at one place in every frame', () => {
  const t = 1_234_567_890
  for (const name of Object.values(events)) {
    const text = `42${JSON.stringify([name, { t, n: 7, pad: '' }])}`
    expect(text.slice(timestampAt, timestampAt + 11)).toBe(`${t},`)
  }
})

it('builds the frame of `ws` alone as Socket.IO does', () => {
  const payload = { t: 5, n: 7, pad: 'xx' }
  expect(frameText(payload)).toBe(`42${JSON.stringify([events.volatile, payload])}`)
})
