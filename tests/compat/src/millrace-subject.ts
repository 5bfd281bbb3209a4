import { manualClock, startTestServer, type TestServer, testSecret } from '@millrace/server/testing'
import { mintToken, type TestContract, testContract } from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'
import type { Subject, SubjectOptions } from './subject.ts'

const hour = 3_600_000
// A burst may find nobody polling for a while.
const limits = { outboundMaxBytes: 16_777_216 }

/** A Millrace server whose clock stands still: tokens last until `endForNow` moves it. */
export async function startMillraceSubject({ compression = false }: SubjectOptions = {}): Promise<Subject> {
  const clock = manualClock()
  let server: TestServer<TestContract> = await up(0)

  function up(port: number): Promise<TestServer<TestContract>> {
    return startTestServer({ ...behaviour, clock, port, compression, limits })
  }
  const seconds = (ms: number) => Math.floor(ms / 1_000)

  return {
    url: server.url,
    token: (claims) => mintToken(testSecret, { tenant: 'acme', ...claims }, seconds(clock.now() + hour)),
    expiredToken: (claims) => mintToken(testSecret, { tenant: 'acme', ...claims }, seconds(clock.now() - hour)),
    async publish(millId, purchase) {
      await server.rt.publish(testContract.channels.mill({ millId }), 'purchase:created', purchase)
    },
    async endForNow() {
      await clock.advance(hour + 2_000)
    },
    endForGood: (userId) => server.rt.revoke(userId),
    async restart() {
      await server.close()
      server = await up(server.port)
    },
    close: () => server.close(),
  }
}
