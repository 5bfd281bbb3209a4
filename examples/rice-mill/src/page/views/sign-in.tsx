import { Alert, Button, PasswordInput, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useEffect, useState } from 'react'
import { isApiError, messageOf } from '../api/api-error.ts'
import { Mark } from '../components/mark.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { useSession } from '../session/use-session.ts'
import './sign-in.css'

/** The people that a new mill begins with; all have the same password. */
const people = [
  { id: 'user-asha', email: 'asha@millrace.test', name: 'Asha Nair', does: 'runs Annapurna Rice Mill' },
  { id: 'user-ravi', email: 'ravi@millrace.test', name: 'Ravi Kumar', does: 'works at Annapurna Rice Mill' },
  { id: 'user-meena', email: 'meena@millrace.test', name: 'Meena Iyer', does: 'runs Godavari Rice Mill' },
  { id: 'user-admin', email: 'admin@millrace.test', name: 'Vikram Rao', does: 'looks after all mills' },
]
const password = 'millrace'

interface Props {
  /** Why the person is here again. */
  readonly reason: string | null
  /** The form is there, and somebody reads it: time to fetch what comes next. */
  readonly onShown: () => void
}

export function SignIn({ reason, onShown }: Props): ReactNode {
  const session = useSession()
  const [email, setEmail] = useState(nameInAddress)
  const [secret, setSecret] = useState(email === '' ? '' : password)
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(reason)
  useEffect(onShown, [onShown])

  async function signIn(as: string, withPassword: string): Promise<void> {
    setBusy(as)
    setProblem(null)
    try {
      await session.signIn(as, withPassword)
      if (location.search !== '') history.replaceState(null, '', location.pathname)
    } catch (error) {
      setProblem(isApiError(error, 'auth_inactive') ? 'This account is not active. Ask an administrator.' : messageOf(error))
      setBusy(null)
    }
  }

  return (
    <main className="sign-in">
      <section className="sign-in-pitch" aria-label="About">
        <div className="sign-in-brand">
          <Mark size={44} />
          <span>Rice mill</span>
        </div>
        <h1>
          The mill’s books, <br />
          live on every desk.
        </h1>
        <ul>
          <li>
            <b>Seen at once.</b> A purchase entered at the gate is in the office before the truck has turned.
          </li>
          <li>
            <b>Nothing lost.</b> The network drops, the server restarts: what was missed comes in, once and in order.
          </li>
          <li>
            <b>Nobody overruns anybody.</b> Two people at the same record see each other, and choose.
          </li>
        </ul>
        <p className="sign-in-by">
          An example application of <b>Millrace</b>, the real-time backbone for business software.
        </p>
        <Ears />
      </section>
      <section className="sign-in-form" aria-label="Sign in">
        <form
          onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
            event.preventDefault()
            void signIn(email, secret)
          }}
        >
          <h2>Sign in</h2>
          {problem !== null && (
            <Alert color="red" role="alert" p="sm">
              {problem}
            </Alert>
          )}
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
          <Button type="submit" size="md" fullWidth loading={busy === email} disabled={busy !== null && busy !== email}>
            Sign in
          </Button>
        </form>
        <div className="sign-in-people">
          <h3>or come in as</h3>
          {people.map(({ id, email: address, name, does }) => (
            <button
              key={id}
              type="button"
              className="sign-in-person"
              disabled={busy !== null}
              onClick={() => void signIn(address, password)}
            >
              <PersonAvatar id={id} name={name} size={38} plain />
              <span>
                <b className="sign-in-name">{name}</b>
                <span>{does}</span>
              </span>
            </button>
          ))}
        </div>
      </section>
    </main>
  )
}

/** `?as=ravi`: the window was opened to try things as somebody else. */
function nameInAddress(): string {
  const as = new URLSearchParams(location.search).get('as')
  return people.find(({ email }) => email.startsWith(`${as}@`))?.email ?? ''
}

/** Ears of rice that sway a little. */
function Ears(): ReactNode {
  return (
    <svg className="ears" viewBox="0 0 400 260" aria-hidden="true" preserveAspectRatio="xMaxYMax slice">
      {[40, 95, 150, 215, 275, 330, 380].map((x, index) => {
        const height = 120 + ((index * 53) % 90)
        const lean = index % 2 === 0 ? 26 : -18
        return (
          <g key={x} style={{ animationDelay: `${index * -0.9}s`, transformOrigin: `${x}px 260px` }}>
            <path d={`M${x} 260Q${x} ${260 - height * 0.6} ${x + lean} ${260 - height}`} />
            {Array.from({ length: 7 }, (_, grain) => {
              const part = 0.52 + grain * 0.075
              const gx = x + lean * part * part + (grain % 2 === 0 ? 7 : -7)
              const gy = 260 - height * part
              // biome-ignore lint/suspicious/noArrayIndexKey: a drawing's grains have no other name
              return <ellipse key={grain} cx={gx} cy={gy} rx="4" ry="9" transform={`rotate(${grain % 2 === 0 ? 34 : -34} ${gx} ${gy})`} />
            })}
          </g>
        )
      })}
    </svg>
  )
}
