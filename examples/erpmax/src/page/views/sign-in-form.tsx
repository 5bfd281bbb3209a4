import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { useSession } from '../session/use-session.ts'

/** The people that a new installation begins with; all have the same password. */
const people = [
  { id: 'user-lena', email: 'lena@acme.test', name: 'Lena Fischer', does: 'owns Acme Trading' },
  { id: 'user-omar', email: 'omar@acme.test', name: 'Omar Haddad', does: 'works at Acme Trading' },
  { id: 'user-noor', email: 'noor@borealis.test', name: 'Noor Singh', does: 'owns Borealis Foods' },
]
const password = 'millrace'

export function SignInForm({ onFailed }: { readonly onFailed: (error: unknown) => void }): ReactNode {
  const session = useSession()
  const [email, setEmail] = useState('')
  const [secret, setSecret] = useState('')
  const [busy, setBusy] = useState<string | null>(null)

  async function signIn(as: string, withPassword: string): Promise<void> {
    setBusy(as)
    onFailed(null)
    try {
      await session.signIn(as, withPassword)
    } catch (error) {
      onFailed(error)
      setBusy(null)
    }
  }
  return (
    <>
      <form
        onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
          event.preventDefault()
          void signIn(email, secret)
        }}
      >
        <TextInput
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          required
          withAsterisk={false}
          size="md"
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          required
          withAsterisk={false}
          size="md"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <Button type="submit" size="md" fullWidth loading={busy === email && email !== ''} disabled={busy !== null && busy !== email}>
          Sign in
        </Button>
      </form>
      <div className="welcome-people">
        <h3>or come in as</h3>
        {people.map(({ id, email: address, name, does }) => (
          <button key={id} type="button" className="welcome-person" disabled={busy !== null} onClick={() => void signIn(address, password)}>
            <PersonAvatar id={id} name={name} size={38} />
            <span>
              <b>{name}</b>
              <span>{does}</span>
            </span>
          </button>
        ))}
      </div>
    </>
  )
}
