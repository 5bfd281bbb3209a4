import { Avatar, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { initials } from '../format/words.ts'

const colors = ['iris', 'teal', 'grape', 'orange', 'cyan', 'pink', 'lime'] as const

/** The same person has the same colour wherever they are shown. */
function colorOf(id: string): string {
  let sum = 0
  for (const letter of id) sum = (sum * 29 + (letter.codePointAt(0) ?? 0)) % 65_521
  return colors[sum % colors.length] ?? 'iris'
}

interface Props {
  readonly id: string
  readonly name: string
  readonly size?: number
  /** Said on hover. */
  readonly label?: string
}

export function PersonAvatar({ id, name, size = 30, label = name }: Props): ReactNode {
  return (
    <Tooltip label={label}>
      <Avatar
        size={size}
        color={colorOf(id)}
        variant="light"
        aria-label={name}
        role="img"
        styles={{ placeholder: { fontSize: size * 0.4 } }}
      >
        {initials(name)}
      </Avatar>
    </Tooltip>
  )
}
