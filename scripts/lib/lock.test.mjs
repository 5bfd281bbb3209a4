import { expect, it } from 'vitest'
import { missingOptional, platformOf } from './lock.mjs'

it('finds the optional packages that a lock file leaves out, wherever they would be found', () => {
  const packages = {
    '': {},
    'node_modules/a': { optionalDependencies: { 'a-linux-x64': '1.0.0', 'a-darwin-x64': '1.0.0' } },
    'node_modules/a-linux-x64': {},
    'node_modules/b': {},
    'node_modules/b/node_modules/c': { optionalDependencies: { d: '1.0.0', e: '2.0.0' } },
    'node_modules/b/node_modules/d': {},
    'packages/f': { optionalDependencies: { d: '1.0.0' } },
  }
  expect(missingOptional({ packages })).toEqual([
    { name: 'a-darwin-x64', version: '1.0.0', neededBy: 'node_modules/a' },
    { name: 'e', version: '2.0.0', neededBy: 'node_modules/b/node_modules/c' },
    { name: 'd', version: '1.0.0', neededBy: 'packages/f' },
  ])
})

it.each([
  ['@x/cli-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['@x/cli-linux-x64', { os: ['linux'], cpu: ['x64'] }],
  ['@x/binding-linux-arm64-musl', { os: ['linux'], cpu: ['arm64'], libc: ['musl'] }],
  ['@x/binding-linux-riscv64-gnu', { os: ['linux'], cpu: ['riscv64'], libc: ['glibc'] }],
  ['@x/binding-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'] }],
  ['@x/binding-win32-x64-msvc', { os: ['win32'], cpu: ['x64'] }],
  ['@x/binding-wasm32-wasi', null],
  ['fsevents', null],
])('reads the platform of %s from its name', (name, platform) => {
  expect(platformOf(name)).toEqual(platform)
})
