import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

interface Props {
  readonly icon: IconName
  readonly title: string
  /** At the right of the title. */
  readonly aside?: ReactNode
  readonly className?: string
  readonly children: ReactNode
}

export function Card({ icon, title, aside, className = '', children }: Props): ReactNode {
  return (
    <section className={`card ${className}`} aria-label={title}>
      <header className="card-head">
        <span className="card-icon">
          <Icon name={icon} size={18} />
        </span>
        <h2>{title}</h2>
        <span className="card-aside">{aside}</span>
      </header>
      {children}
    </section>
  )
}
