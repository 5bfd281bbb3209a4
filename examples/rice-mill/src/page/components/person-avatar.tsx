import { Avatar, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { initials } from '../format/words.ts'

const colors = ['paddy', 'grape', 'blue', 'orange', 'teal', 'pink', 'indigo', 'cyan'] as const

/** The same person has the same colour wherever they are shown. */
function colorOf(id: string): string {
  let sum = 0
  for (const letter of id) sum = (sum * 29 + (letter.codePointAt(0) ?? 0)) % 65_521
  return colors[sum % colors.length] ?? 'paddy'
}

interface Props {
  readonly id: string
  readonly name: string
  readonly size?: number
  /** Said on hover; without it, the name. */
  readonly label?: ReactNode
  readonly plain?: boolean
}

export function PersonAvatar({ id, name, size = 26, label = name, plain = false }: Props): ReactNode {
  const avatar = (
    <Avatar
      size={size}
      color={colorOf(id)}
      variant="light"
      alt={name}
      aria-label={name}
      role="img"
      styles={{ placeholder: { fontSize: size * 0.4 } }}
    >
      {initials(name)}
    </Avatar>
  )
  return plain ? avatar : <Tooltip label={label}>{avatar}</Tooltip>
}
