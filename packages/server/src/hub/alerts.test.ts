import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import { memoryAlerts } from '../alerts/memory-alerts.ts'
import { memoryLeases } from '../leases/memory-leases.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { AlertService } from './alerts.ts'

function subject() {
  const clock = manualClock()
  const logger = recordingLogger()
  return {
    clock,
    logger,
    alerts: new AlertService({ store: memoryAlerts(), leases: memoryLeases(clock), clock, newId: () => 'run', logger }),
  }
}

it('[ALR2] runs a periodic check once at a time, however long it takes', async () => {
  const { clock, alerts } = subject()
  let running = 0
  let runs = 0
  let finish: () => void = () => {}
  alerts.every(1_000, () => {
    running++
    runs++
    expect(running).toBe(1)
    return new Promise((resolve) => {
      finish = () => {
        running--
        resolve()
      }
    })
  })
  await clock.advance(5_000)
  expect(runs).toBe(1)
  finish()
  await clock.advance(1_000)
  expect(runs).toBe(2)
})

it('[ALR2] goes on after a check has failed, at once or later, and says so in the log', async () => {
  const { clock, alerts, logger } = subject()
  let runs = 0
  alerts.every(1_000, () => {
    runs++
    if (runs === 1) throw new Error('at once')
    return Promise.reject(new Error('later'))
  })
  await clock.advance(3_000)
  expect(runs).toBe(3)
  expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'error', 'error'])
})

it('[ALR2] stops with its handle, and with the server', async () => {
  const { clock, alerts } = subject()
  let runs = 0
  const check = async (): Promise<void> => void runs++
  alerts.every(1_000, check).cancel()
  alerts.every(1_000, check)
  alerts.close()
  await clock.advance(5_000)
  expect(runs).toBe(0)
  expect(clock.pending).toBe(0)
})

it('[ALR1] answers one alert per crossing, and refuses what is no number', async () => {
  const { alerts } = subject()
  const observe = (value: number) => alerts.observe('acme', { key: 'paddy', value, minimum: 100 })
  expect(await observe(90)).toEqual({ key: 'paddy', value: 90, minimum: 100, severity: 'medium' })
  expect(await Promise.all([observe(80), observe(95)])).toEqual([null, null])
  expect(await observe(0)).toMatchObject({ severity: 'critical' })
  expect(() => observe(Number.NaN)).toThrow('numbers')
})
