import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import { namespaceNames, toFirstPath, validPaths } from './mounts.ts'

describe('paths', () => {
  it('[DLV2] takes one path or several, with or without a slash at the end', () => {
    expect(validPaths('/socket.io')).toEqual(['/socket.io'])
    expect(validPaths(['/ws/socket.io/', '/socket.io'])).toEqual(['/ws/socket.io', '/socket.io'])
  })

  it.each([[[]], ['socket.io'], ['/'], ['/a b'], [['/a', '/a']], [['/a', '/a/b']], [['/a/b', '/a']]])(
    '[OPS3] refuses %j with one line that names the setting',
    (path) => {
      expect(() => validPaths(path)).toThrow(ConfigurationError)
      expect(() => validPaths(path)).toThrow(/^path .+: .+/)
    },
  )

  it('[DLV2] turns requests for a further path into requests for the first, and leaves all others alone', () => {
    const turn = toFirstPath(['/ws/socket.io', '/socket.io'])
    const turned = (url: string) => {
      const request = { url }
      turn(request)
      return request.url
    }
    expect(turned('/socket.io/?EIO=4&transport=polling')).toBe('/ws/socket.io/?EIO=4&transport=polling')
    expect(turned('/socket.io?EIO=4')).toBe('/ws/socket.io?EIO=4')
    for (const url of ['/ws/socket.io/?EIO=4', '/socket.iou/', '/', '/api/socket.io/']) expect(turned(url)).toBe(url)
  })
})

describe('namespaces', () => {
  it('[DLV2] knows `/` and each declared one by its own name, and an alias by the namespace that it stands for', () => {
    const names = namespaceNames({ '/billing': {}, '/ws': { aliasOf: '/' }, '/ws/billing': { aliasOf: '/billing' } })
    expect([...names]).toEqual([
      ['/', '/'],
      ['/billing', '/billing'],
      ['/ws', '/'],
      ['/ws/billing', '/billing'],
    ])
  })

  it.each([
    [{ billing: {} }],
    [{ '/a': { aliasOf: '/nowhere' } }],
    [{ '/a': { aliasOf: '/b' }, '/b': { aliasOf: '/' } }],
    [{ '/a': { aliasOf: '/a' } }],
    [{ '/': { aliasOf: '/a' }, '/a': {} }],
    [{ '/a': { aliasOf: '/', admit: () => true } }],
  ])('[OPS3] refuses %j with one line that names the setting', (namespaces) => {
    expect(() => namespaceNames(namespaces)).toThrow(/^namespaces\[".+: .+/)
  })
})
