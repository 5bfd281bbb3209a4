import { ActionIcon, TextInput } from '@mantine/core'
import { upsert } from '@millrace/client'
import { useLiveList, useTyping } from '@millrace/react'
import { type ReactNode, type SubmitEvent, useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { ChatMessage } from '../../contract.ts'
import { messageOf } from '../api/api-error.ts'
import { Card } from '../components/card.tsx'
import { Icon } from '../components/icon.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { timeOfDay } from '../format/time.ts'
import { firstName } from '../format/words.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useClient } from '../live/hooks.ts'
import './chat-card.css'

/** What colleagues say to each other; what was said while the connection was away comes in when it is back. */
export function ChatCard(): ReactNode {
  const { channel, rest, me } = useDesk()
  const client = useClient()
  const { rows } = useLiveList(channel, {
    load: () => rest.chat(),
    key: ({ id }: ChatMessage) => id,
    apply: { 'chat:message': (message) => upsert(message) },
  })
  const { typists, start, stop } = useTyping(channel)
  const [text, setText] = useState('')
  /** Said, and not heard by the server yet: requests wait for the connection. */
  const [waiting, setWaiting] = useState<readonly ChatMessage[]>([])
  const list = useRef<HTMLOListElement>(null)
  const lines = [...rows.values(), ...waiting.filter(({ id }) => !rows.has(id))]
  const count = lines.length
  // biome-ignore lint/correctness/useExhaustiveDependencies: one more line is what scrolls
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight })
  }, [count])

  async function send(): Promise<void> {
    const said = text.trim()
    if (said === '') return
    const message: ChatMessage = {
      id: crypto.randomUUID(),
      text: said,
      from: { id: me.id, name: me.name },
      created_at: new Date().toISOString(),
    }
    setText('')
    stop()
    setWaiting((before) => [...before, message])
    try {
      await client.request('chat:send', { id: message.id, text: said })
    } catch (error) {
      toast.error('Not sent', { description: messageOf(error) })
      setText((now) => now || said)
    } finally {
      setWaiting((before) => before.filter(({ id }) => id !== message.id))
    }
  }
  return (
    <Card icon="chat" title="Team chat">
      <ol ref={list} className="chat" aria-label="Conversation">
        {lines.length === 0 && <li className="hint">Nobody has said anything yet.</li>}
        {lines.map(({ id, text: said, from, created_at }) => (
          <li key={id} className="chat-line" data-mine={from.id === me.id} data-waiting={!rows.has(id)}>
            {from.id !== me.id && <PersonAvatar id={from.id} name={from.name} size={28} />}
            <div>
              <span className="chat-who">
                {from.id === me.id ? 'You' : firstName(from.name)} · {rows.has(id) ? timeOfDay(Date.parse(created_at)) : 'waiting'}
              </span>
              <p>{said}</p>
            </div>
          </li>
        ))}
      </ol>
      <p className="chat-typing" data-typing={typists.length > 0} aria-live="polite">
        {typists.length > 0 &&
          `${typists.map(({ id, name = id }) => firstName(name)).join(', ')} ${typists.length > 1 ? 'are' : 'is'} typing…`}
      </p>
      <form
        className="chat-form"
        onSubmit={(event: SubmitEvent<HTMLFormElement>) => {
          event.preventDefault()
          void send()
        }}
      >
        <TextInput
          aria-label="Message"
          placeholder="Say something to your colleagues"
          value={text}
          maxLength={2_000}
          onChange={(event) => {
            setText(event.currentTarget.value)
            if (event.currentTarget.value === '') stop()
            else start()
          }}
        />
        <ActionIcon type="submit" size={36} aria-label="Send" disabled={text.trim() === ''}>
          <Icon name="send" size={18} />
        </ActionIcon>
      </form>
    </Card>
  )
}
