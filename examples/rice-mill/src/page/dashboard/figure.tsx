import { Skeleton } from '@mantine/core'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { AnimatedNumber } from '../components/animated-number.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import './figure.css'

interface Props {
  readonly name: string
  readonly icon: IconName
  readonly to: string
  readonly value: number | undefined
  readonly format: (value: number) => string
  readonly detail: ReactNode
  readonly children?: ReactNode
  readonly tone?: 'buy' | 'sell' | 'milled'
}

/** One figure of the dashboard; it lights up for a moment when it changes. */
export function Figure({ name, icon, to, value, format, detail, children, tone = 'buy' }: Props): ReactNode {
  const lit = useLit(value)
  return (
    <Link href={to} className="card figure" data-lit={lit} data-tone={tone}>
      <span className="figure-head">
        <span className="figure-icon">
          <Icon name={icon} size={17} />
        </span>
        {name}
      </span>
      <span className="figure-body">
        <span className="figure-words">
          <strong className="figure-value">
            {value === undefined ? <Skeleton height={26} width={110} /> : <AnimatedNumber value={value} format={format} />}
          </strong>
          <span className="figure-detail">{value === undefined ? <Skeleton height={13} width={80} /> : detail}</span>
        </span>
        {children}
      </span>
    </Link>
  )
}

const litForMs = 1_500

function useLit(value: number | undefined): boolean {
  const before = useRef(value)
  const [lit, setLit] = useState(false)
  useEffect(() => {
    const changed = before.current !== undefined && before.current !== value
    before.current = value
    if (!changed) return
    setLit(true)
    const timer = setTimeout(() => setLit(false), litForMs)
    return () => clearTimeout(timer)
  }, [value])
  return lit
}
