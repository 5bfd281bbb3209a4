import { Button, Group, SegmentedControl, Textarea, TextInput } from '@mantine/core'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { toast } from 'sonner'
import { announcement } from '../../contract/inputs.ts'
import { counted } from '../format/words.ts'
import { check } from '../forms/faults.ts'
import { SaveProblem } from '../forms/save-problem.tsx'
import { useSaving } from '../forms/use-saving.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useMe } from '../session/use-session.ts'

type Audience = 'mill' | 'everyone' | 'admins'

/** A notice that somebody writes: to the mill, and by a super admin to everybody. */
export function AnnounceForm({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { mill, rest } = useMill()
  const me = useMe()
  const { saving, save, fail } = useSaving()
  const [audience, setAudience] = useState<Audience>('mill')
  const [title, setTitle] = useState('')
  const [message, setMessage] = useState('')

  async function submit(): Promise<void> {
    const target = audience === 'mill' ? { mill: mill.id } : audience === 'everyone' ? { everyone: true } : { admins: true }
    const checked = check(announcement, { target, title, message })
    if (!checked.ok) return fail(checked.faults)
    const sent = await save(() => rest.announce(checked.value))
    if (sent === null) return
    toast.success(`Told ${counted(sent.recipients, 'person', 'people')}`)
    onClose()
  }

  return (
    <form
      style={{ display: 'flex', flexDirection: 'column', gap: 12, padding: 16 }}
      aria-label="New announcement"
      noValidate
      onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
        event.preventDefault()
        void submit()
      }}
    >
      {saving.status === 'failed' && <SaveProblem problem={saving.problem} onRetry={() => void submit()} />}
      {me.role === 'SUPER_ADMIN' && (
        <SegmentedControl
          aria-label="To whom"
          size="xs"
          value={audience}
          onChange={setAudience}
          data={[
            { value: 'mill', label: 'This mill' },
            { value: 'everyone', label: 'Everybody' },
            { value: 'admins', label: 'Super admins' },
          ]}
        />
      )}
      <TextInput
        label="Title"
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
        error={saving.faults.title}
        data-autofocus
      />
      <Textarea
        label="Message"
        value={message}
        onChange={(event) => setMessage(event.currentTarget.value)}
        error={saving.faults.message}
        autosize
        minRows={3}
      />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" size="xs" onClick={onClose}>
          Back
        </Button>
        <Button type="submit" size="xs" loading={saving.status === 'saving'}>
          Send
        </Button>
      </Group>
    </form>
  )
}
