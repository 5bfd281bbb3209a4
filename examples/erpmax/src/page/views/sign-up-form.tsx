import { Button, PasswordInput, SegmentedControl, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { ApiError } from '../api/api-error.ts'
import { useSession } from '../session/use-session.ts'

const plans = [
  { value: 'starter', label: 'Starter · $29' },
  { value: 'growth', label: 'Growth · $99' },
  { value: 'scale', label: 'Scale · $299' },
]

/** What a company's name suggests for its address. */
const suggested = (company: string): string =>
  company
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)

export function SignUpForm({ onFailed }: { readonly onFailed: (error: unknown) => void }): ReactNode {
  const session = useSession()
  const [form, setForm] = useState({ company: '', subdomain: '', name: '', email: '', password: '', plan: 'growth' })
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({})
  const [busy, setBusy] = useState(false)
  const field = (key: keyof typeof form) => ({
    name: key,
    value: form[key],
    error: faults[key],
    required: true,
    withAsterisk: false,
    size: 'md' as const,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget
      setForm((before) => ({
        ...before,
        [key]: value,
        // Until somebody has written their own.
        ...(key === 'company' && before.subdomain === suggested(before.company) && { subdomain: suggested(value) }),
      }))
    },
  })

  async function signUp(): Promise<void> {
    setBusy(true)
    setFaults({})
    onFailed(null)
    try {
      await session.signUp(form)
    } catch (error) {
      const known = error instanceof ApiError ? error.faults : []
      setFaults(Object.fromEntries(known.map(({ path, message }) => [path, message])))
      if (known.length === 0) onFailed(error)
      setBusy(false)
    }
  }
  return (
    <form
      noValidate
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault()
        void signUp()
      }}
    >
      <TextInput label="Company" autoComplete="organization" {...field('company')} />
      <TextInput
        label="Address"
        rightSection={<span className="welcome-suffix">.erpmax.test</span>}
        rightSectionWidth={116}
        {...field('subdomain')}
      />
      <div className="welcome-pair">
        <TextInput label="Your name" autoComplete="name" {...field('name')} />
        <TextInput label="Email" type="email" autoComplete="email" {...field('email')} />
      </div>
      <PasswordInput
        label="Password"
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        {...field('password')}
      />
      <div>
        <span className="welcome-label">Plan, after 14 free days</span>
        <SegmentedControl
          fullWidth
          aria-label="Plan"
          value={form.plan}
          onChange={(plan) => setForm((before) => ({ ...before, plan }))}
          data={plans}
        />
      </div>
      <Button type="submit" size="md" fullWidth loading={busy}>
        Set up my site
      </Button>
    </form>
  )
}
