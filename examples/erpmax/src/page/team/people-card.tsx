import { Badge, Button, Modal, PasswordInput, TextInput } from '@mantine/core'
import type { PresenceMember } from '@millrace/contract'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { Card } from '../components/card.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { useAction } from '../hooks/use-action.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import './people-card.css'

/** Who belongs to the company, and who of them is here. */
export function PeopleCard({ members }: { readonly members: readonly PresenceMember[] }): ReactNode {
  const { rest, me } = useDesk()
  // Somebody whom this window does not know yet is here: a colleague who was just added.
  const here = new Set(members.map(({ userId }) => userId))
  const { data: people = [], reload } = useLoaded(`users ${[...here].sort().join()}`, rest.users)
  const [adding, setAdding] = useState(false)
  return (
    <Card
      icon="person"
      title="People"
      aside={
        me.role === 'OWNER' && (
          <Button size="xs" variant="default" onClick={() => setAdding(true)}>
            Add
          </Button>
        )
      }
    >
      <ul className="people">
        {people.map(({ id, name, email, role }) => (
          <li key={id}>
            <span className="people-face" data-here={here.has(id)}>
              <PersonAvatar id={id} name={name} size={34} label={here.has(id) ? `${name} is here` : name} />
            </span>
            <span className="people-who">
              <b className="clip">{id === me.id ? `${name} (you)` : name}</b>
              <span className="clip">{email}</span>
            </span>
            {role === 'OWNER' && <Badge color="gray">Owner</Badge>}
          </li>
        ))}
      </ul>
      <Modal opened={adding} onClose={() => setAdding(false)} title="Add a colleague">
        <AddForm
          onDone={() => {
            setAdding(false)
            reload()
          }}
        />
      </Modal>
    </Card>
  )
}

function AddForm({ onDone }: { readonly onDone: () => void }): ReactNode {
  const { rest } = useDesk()
  const [form, setForm] = useState({ name: '', email: '', password: '' })
  const add = useAction(() => rest.addUser(form))
  const field = (key: keyof typeof form) => ({
    value: form[key],
    required: true,
    withAsterisk: false,
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget
      setForm((before) => ({ ...before, [key]: value }))
    },
  })
  return (
    <form
      className="people-form"
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault()
        void add.start().then((done) => done && onDone())
      }}
    >
      <TextInput label="Name" data-autofocus {...field('name')} />
      <TextInput label="Email" type="email" {...field('email')} />
      <PasswordInput label="First password" visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }} {...field('password')} />
      <Button type="submit" loading={add.busy}>
        Add
      </Button>
    </form>
  )
}
