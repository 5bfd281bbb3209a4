import { Alert } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { messageOf } from '../api/api-error.ts'
import { Mark } from '../components/mark.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { SignUpForm } from './sign-up-form.tsx'
import './welcome.css'

interface Props {
  /** Why the person is here again. */
  readonly reason: string | null
  /** The form is there, and somebody reads it: time to fetch what comes next. */
  readonly onShown: () => void
}

export function Welcome({ reason, onShown }: Props): ReactNode {
  const [mode, setMode] = useState<'in' | 'up'>('in')
  const [problem, setProblem] = useState<string | null>(reason)
  useEffect(onShown, [onShown])
  const show = (next: 'in' | 'up') => {
    setProblem(null)
    setMode(next)
  }
  const fail = (error: unknown) => setProblem(error === null ? null : messageOf(error))
  return (
    <main className="welcome">
      <section className="welcome-pitch" aria-label="About">
        <div className="welcome-brand">
          <Mark size={42} />
          ERPMax
        </div>
        <h1>
          Your company’s ERP,
          <br />
          running in a minute.
        </h1>
        <ol>
          <li>
            <b>Sign up.</b> A worker begins with your site before this page has changed.
          </li>
          <li>
            <b>Watch.</b> Each step is on your screen as it happens; close the window, and the end waits for you.
          </li>
          <li>
            <b>Work.</b> Plan, payments and colleagues in one place, the same for everybody at once.
          </li>
        </ol>
        <p>
          An example application of <b>Millrace</b>, the real-time backbone for business software.
        </p>
      </section>
      <section className="welcome-form" aria-label={mode === 'in' ? 'Sign in' : 'Sign up'}>
        <div className="welcome-tabs" role="tablist">
          <button type="button" role="tab" aria-selected={mode === 'in'} onClick={() => show('in')}>
            Sign in
          </button>
          <button type="button" role="tab" aria-selected={mode === 'up'} onClick={() => show('up')}>
            New company
          </button>
        </div>
        {problem !== null && (
          <Alert color="red" role="alert" p="sm">
            {problem}
          </Alert>
        )}
        {mode === 'in' ? <SignInForm onFailed={fail} /> : <SignUpForm onFailed={fail} />}
      </section>
    </main>
  )
}
