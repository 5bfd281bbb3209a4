import type { ReactNode } from 'react'
import { TypingLine } from './typing-line.tsx'
import './view-header.css'

interface Props {
  readonly title: string
  readonly subtitle: ReactNode
  /** Whose being typed is shown here. */
  readonly entity?: string
  readonly children?: ReactNode
}

export function ViewHeader({ title, subtitle, entity, children }: Props): ReactNode {
  return (
    <header className="view-header">
      <div className="view-words">
        <h1>{title}</h1>
        <TypingLine idle={<span className="clip">{subtitle}</span>} {...(entity !== undefined && { entity })} />
      </div>
      <div className="view-actions">{children}</div>
    </header>
  )
}
