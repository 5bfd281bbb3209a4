import type { ReactNode } from 'react'

interface Props {
  readonly values: readonly number[]
  readonly color: string
}

const width = 96
const height = 30

/** The run of a figure over the last days, as a line without numbers. */
export function Sparkline({ values, color }: Props): ReactNode {
  const top = Math.max(1, ...values)
  const points = values.map((value, index) => {
    const x = (index / Math.max(1, values.length - 1)) * (width - 6) + 3
    return [x, height - 4 - (value / top) * (height - 9)] as const
  })
  const line = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
  const end = points.at(-1)
  return (
    <svg className="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true" style={{ color }}>
      <path d={`${line}L${width - 3} ${height}L3 ${height}Z`} fill="currentColor" opacity="0.12" />
      <path d={line} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" strokeLinecap="round" />
      {end !== undefined && <circle cx={end[0]} cy={end[1]} r="2.6" fill="currentColor" />}
    </svg>
  )
}
