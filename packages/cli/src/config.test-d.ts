import { channel, defineContract, event } from '@millrace/contract'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineConfig } from './index.ts'

const contract = defineContract({ channels: { mill: channel('mill:{millId}', { events: { bought: event(z.string()) } }) } })
const auth = { secret: 'x' }

it('[CON2] knows the channels of the contract, and their parameters', () => {
  defineConfig({
    ...{ contract, auth },
    policy: {
      mill({ params }) {
        expectTypeOf(params).toEqualTypeOf<{ readonly millId: string }>()
        return true
      },
    },
  })
  // @ts-expect-error the contract has no such channel
  defineConfig({ contract, auth, policy: { mil: () => true } })
  // @ts-expect-error a port is a number
  defineConfig({ contract, auth, policy: {}, http: { port: '80' } })
  // @ts-expect-error an address, or a function that opens a store
  defineConfig({ contract, auth, policy: {}, store: process.env.DATABASE_URL })
})
