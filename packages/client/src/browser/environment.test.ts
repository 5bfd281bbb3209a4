// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest'
import { browserEnvironment } from './environment.ts'

afterEach(() => vi.restoreAllMocks())

it('[CLI1] passes on what the browser says, until it is told to stop', () => {
  const heard: string[] = []
  const stop = browserEnvironment.subscribe((signal) => heard.push(signal))
  const visible = vi.spyOn(document, 'visibilityState', 'get')
  for (const event of ['online', 'offline', 'pageshow', 'pagehide']) window.dispatchEvent(new Event(event))
  for (const state of ['hidden', 'visible'] as const) {
    visible.mockReturnValue(state)
    document.dispatchEvent(new Event('visibilitychange'))
  }
  expect(heard).toEqual(['online', 'offline', 'visible', 'hidden', 'hidden', 'visible'])
  stop()
  window.dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('visibilitychange'))
  expect(heard).toHaveLength(6)
})

it('knows whether there is a network', () => {
  const online = vi.spyOn(navigator, 'onLine', 'get')
  for (const state of [true, false]) {
    online.mockReturnValue(state)
    expect(browserEnvironment.online()).toBe(state)
  }
})
