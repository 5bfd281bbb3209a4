// @vitest-environment happy-dom
// @vitest-environment-options { "url": "http://localhost:3000" }
import { createClient, type MillraceClient } from '@millrace/client'
import { type ScriptedServer, scriptedServer } from '@millrace/client/testing'
import type { AnyContract } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { MillraceProvider } from '@millrace/react'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import { createElement, type FunctionComponent } from 'react'
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openSamples } from './node/samples.ts'

const samples = await openSamples('react')
const { mill } = await samples.load<{ readonly mill: AnyContract }>('contract.ts')
type Page = FunctionComponent<{ readonly millId: string }>
const { Mill } = await samples.load<{ readonly Mill: Page }>('mill.tsx')

let server: ScriptedServer
let clock: ManualClock
let client: MillraceClient
beforeEach(() => {
  server = scriptedServer({ user: { id: 'asha', name: 'Asha', roles: [] } })
  clock = manualClock()
  const { connect, environment } = server
  client = createClient({ contract: mill, url: 'https://mill.test', connect, environment, clock, random: () => 0 })
  vi.stubGlobal('fetch', async () => Response.json([{ id: 'old', kg: 1 }]))
})
afterEach(() => {
  cleanup()
  client.close()
  vi.unstubAllGlobals()
})
afterAll(() => samples.close())

const settle = (ms = 0) => act(() => clock.advance(ms))
const rows = () => screen.queryAllByRole('listitem').map(({ textContent }) => textContent)

async function show(): Promise<void> {
  render(createElement(MillraceProvider, { client }, createElement(Mill, { millId: '1' })))
  await settle()
  await vi.waitFor(() => expect(rows()).toEqual(['1 kg']))
}

it('shows who is live, a list that follows the channel, figures and toasts, through a break', async () => {
  server.retain('mill:1', 'dashboard:stats', '', { purchases: 7 })
  await show()
  expect(screen.getByText('live as Asha')).toBeTruthy()
  expect(screen.getByText('7 purchases')).toBeTruthy()

  server.publish('mill:1', 'purchase:created', { id: 'new', kg: 400 })
  await settle()
  expect(rows()).toEqual(['1 kg', '400 kg'])
  expect(screen.getByText('somebody bought 400 kg')).toBeTruthy()

  act(() => server.cut())
  expect(screen.getByText('reconnecting, attempt 1')).toBeTruthy()
  server.publish('mill:1', 'purchase:deleted', { id: 'old' })
  await settle(1_000)
  expect(screen.getByText('live as Asha')).toBeTruthy()
  expect(rows()).toEqual(['400 kg'])
})

it('shows what a request was refused with', async () => {
  server.handle = () => {
    throw new Error('the gate is closed')
  }
  await show()
  fireEvent.change(screen.getByRole('spinbutton'), { target: { value: '5' } })
  fireEvent.click(screen.getByText('Buy'))
  await settle()
  await vi.waitFor(() => expect(screen.getByText('the gate is closed')).toBeTruthy())
})

it('shows who is here and what is new, and marks it read', async () => {
  server.inbox.notifications = [{ id: 'n', type: 'purchase', title: 'New purchase', message: '', createdAt: 1, readAt: null }]
  await show()
  expect(screen.getByText('Asha here')).toBeTruthy()
  server.signal('mill:1', 'typing:start', { user: { id: 'ravi', name: 'Ravi' } })
  await settle()
  expect(screen.getByText('Ravi typing')).toBeTruthy()
  expect(screen.getByText('1 unread')).toBeTruthy()
  fireEvent.click(screen.getByText('New purchase'))
  await settle()
  expect(screen.getByText('0 unread')).toBeTruthy()
})
