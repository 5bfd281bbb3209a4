import { expect, it } from 'vitest'
import { addressOf } from './address.ts'

it('[BP3] counts for the peer where no proxy is trusted, whatever a client claims', () => {
  expect(addressOf('10.0.0.1', '1.2.3.4', 0)).toBe('10.0.0.1')
})

it('[BP3] believes as many hops as there are proxies, from the end', () => {
  expect(addressOf('10.0.0.1', '6.6.6.6, 1.2.3.4', 1)).toBe('1.2.3.4')
  expect(addressOf('10.0.0.1', ['6.6.6.6', '1.2.3.4, 10.0.0.9'], 2)).toBe('1.2.3.4')
})

it('[BP3] falls back to what is there', () => {
  expect(addressOf('10.0.0.1', undefined, 1)).toBe('10.0.0.1')
  expect(addressOf('10.0.0.1', '', 1)).toBe('10.0.0.1')
  expect(addressOf('10.0.0.1', '1.2.3.4', 3)).toBe('1.2.3.4')
})
