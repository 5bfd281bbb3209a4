import { expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import { originAllowed, validOrigins } from './origin.ts'

const allowed = ['https://app.example.com', 'http://localhost:5173', 'capacitor://localhost']

it.each([
  ['no origin: not a browser’s page', undefined, 'api.example.com'],
  ['a listed origin', 'https://app.example.com', 'api.example.com'],
  ['a listed origin with a port', 'http://localhost:5173', 'localhost:5000'],
  ['a listed origin of another scheme', 'capacitor://localhost', 'api.example.com'],
  ['the host itself', 'https://api.example.com', 'api.example.com'],
  ['the host itself, the default port spelled out', 'https://api.example.com', 'api.example.com:443'],
  ['the host itself on another port', 'http://10.0.0.7:5000', '10.0.0.7:5000'],
  ['the host itself in other letters', 'https://api.example.com', 'API.example.com'],
  ['the host itself by IPv6', 'http://[::1]:5000', '[::1]:5000'],
])('[AUTH6] admits %s', (_, origin, host) => {
  expect(originAllowed(origin, host, allowed)).toBe(true)
})

it.each([
  ['null', 'null', 'api.example.com'],
  ['null for a host of that name', 'null', 'null'],
  ['an empty one', '', 'api.example.com'],
  ['a stranger', 'https://evil.example', 'api.example.com'],
  ['a subdomain of a listed one', 'https://x.app.example.com', 'api.example.com'],
  ['one that begins with a listed one', 'https://app.example.com.evil.example', 'api.example.com'],
  ['one that ends with a listed one', 'https://evilapp.example.com', 'api.example.com'],
  ['a listed host by another scheme', 'http://app.example.com', 'api.example.com'],
  ['a listed host on another port', 'https://app.example.com:8443', 'api.example.com'],
  ['the host itself on another port', 'https://api.example.com:8443', 'api.example.com'],
  ['the default port of another scheme', 'http://api.example.com', 'api.example.com:443'],
  ['a host hidden in user information', 'https://evil.example', 'evil.example@api.example.com'],
  ['an origin with user information', 'https://api.example.com@evil.example', 'api.example.com'],
  ['an origin with a path', 'https://api.example.com/', 'api.example.com'],
  ['two origins', 'https://app.example.com, https://evil.example', 'api.example.com'],
  ['text', 'not an origin', 'not an origin'],
  ['a file', 'file://api.example.com', 'api.example.com'],
  ['a page when the host is unknown', 'https://api.example.com', undefined],
])('[AUTH6] refuses %s', (_, origin, host) => {
  expect(originAllowed(origin, host, allowed)).toBe(false)
})

it('[AUTH6] admits no origin but the host’s own by default', () => {
  expect(originAllowed('https://app.example.com', 'api.example.com', [])).toBe(false)
})

it('[OPS3] stops at an entry of `origins` that no browser would ever send', () => {
  expect(validOrigins(allowed)).toEqual(allowed)
  for (const bad of ['*', 'null', '', 'app.example.com', 'https://app.example.com/', 'https://*.example.com', 'https://a.example/path'])
    expect(() => validOrigins(['https://ok.example', bad])).toThrow(ConfigurationError)
  expect(() => validOrigins(['https://ok.example', '*'])).toThrow(/^origins\.1 "\*" is not an origin: write /)
})
