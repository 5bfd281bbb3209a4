import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Logger } from '@millrace/server'
import { tempFolder } from '@millrace-tests/support'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { errorHandler } from '../src/server/http/errors.ts'
import { servePage } from '../src/server/http/page.ts'
import { openMill } from './support/mill.ts'
import { connect } from './support/stock-client.ts'

function listeningLogger(): { readonly logger: Logger; readonly errors: object[] } {
  const errors: object[] = []
  return { errors, logger: { debug() {}, info() {}, warn() {}, error: (fields) => void errors.push(fields) } }
}

describe('a part that is broken', () => {
  it('[OPS2] is told to the caller by a reference alone, and to the log with the reason', async () => {
    const { logger, errors } = listeningLogger()
    await using test = await openMill({}, logger)
    const asha = await test.as('asha')
    test.mill.app.db.exec('alter table attendance rename to elsewhere')

    const { status, body } = await asha.get('/mills/mill-1/dashboard')
    expect(status).toBe(500)
    expect(body).toEqual({
      success: false,
      error: {
        code: 'internal',
        message: 'The server failed: report the reference to the operator',
        details: { reference: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    })
    expect(errors).toContainEqual(
      expect.objectContaining({ reference: body.error.details.reference, error: expect.stringContaining('attendance') }),
    )
    expect(JSON.stringify(errors)).not.toContain(asha.token)
  })

  it('answers `request:dashboard` with the error that the clients know', async () => {
    await using test = await openMill()
    const asha = await test.as('asha')
    using client = await connect(test.url, asha.token)
    test.mill.app.db.exec('alter table attendance rename to elsewhere')
    client.socket.emit('request:dashboard', 'mill-1')
    expect(await client.next('error')).toEqual([{ message: 'Failed to fetch dashboard stats' }])
    expect(client.socket.connected).toBe(true)
  })

  it('[OUT1] undoes the purchase whose figures cannot be made', async () => {
    await using test = await openMill()
    const asha = await test.as('asha')
    const before = await asha.data(asha.get('/mills/mill-1/purchases?limit=1'))
    test.mill.app.db.exec('alter table attendance rename to elsewhere')
    const input = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }
    expect((await asha.post('/mills/mill-1/purchases', input)).status).toBe(500)
    expect(await asha.data(asha.get('/mills/mill-1/purchases?limit=1'))).toEqual(before)
  })
})

describe('a page of another origin', () => {
  it('[AUTH6] may call REST when it is the one that was named, and no other', async () => {
    await using test = await openMill({ clientOrigin: 'http://localhost:5173' })
    const ask = (origin: string, method: string) => fetch(`${test.url}/api/v1/mills`, { method, headers: { origin } })
    const named = await ask('http://localhost:5173', 'OPTIONS')
    expect(named.status).toBe(204)
    expect(named.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect(named.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect((await ask('http://localhost:9999', 'GET')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('the built page', () => {
  it('is served at every address inside it, its files as they are', async () => {
    await using folder = await tempFolder('rice-mill-page')
    mkdirSync(join(folder.path, 'assets'))
    writeFileSync(join(folder.path, 'index.html'), '<!doctype html><title>mill</title>')
    writeFileSync(join(folder.path, 'assets', 'page.js'), 'let x')
    const server = createServer(express().use(servePage(folder.path)).use(errorHandler(listeningLogger().logger))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`

    for (const path of ['/', '/purchases', '/mills/mill-1/stock'])
      expect(await (await fetch(url + path)).text()).toContain('<title>mill</title>')
    const script = await fetch(`${url}/assets/page.js`)
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await fetch(`${url}/`)).headers.get('cache-control')).toBe('no-cache')
    const missing = await fetch(`${url}/assets/gone.js`)
    expect(missing.status).toBe(404)
    expect(await missing.json()).toMatchObject({ success: false, error: { code: 'not_found' } })
    server.close()
  })
})
