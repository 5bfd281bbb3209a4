import { testSecret } from '@millrace/server/testing'
import { mintToken } from '@millrace-tests/support'

interface Person {
  readonly tenant: string
  readonly sub: string
  readonly mills: readonly string[]
}

/** The attacker's own tenant is `acme`; Asha is in it too, Bela is not. */
export const people = {
  mallory: { tenant: 'acme', sub: 'mallory', mills: ['7'] },
  asha: { tenant: 'acme', sub: 'asha', mills: ['9'] },
  bela: { tenant: 'other', sub: 'bela', mills: ['7', 'secret'] },
  witness: { tenant: 'acme', sub: 'witness', mills: ['witness'] },
  otherWitness: { tenant: 'other', sub: 'witness', mills: ['witness'] },
} as const satisfies Record<string, Person>

export const tokenOf = (person: Person) => mintToken(testSecret, { ...person })
/** The `auth` of a connection that speaks as the SDK does. */
export const sdkAuth = (person: Person, session: string) => ({ token: tokenOf(person), millrace: { version: 1, session } })
