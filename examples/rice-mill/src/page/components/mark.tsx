import type { ReactNode } from 'react'

const grains = [
  { x: 16, y: 8.5, turn: 0 },
  { x: 11.5, y: 13, turn: -38 },
  { x: 20.5, y: 13, turn: 38 },
  { x: 11.5, y: 19, turn: -38 },
  { x: 20.5, y: 19, turn: 38 },
]

/** The mill's sign: an ear of rice. */
export function Mark({ size = 32 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#2b7a47" />
      <path d="M16 26V12" fill="none" stroke="#fff" strokeWidth="2" strokeLinecap="round" />
      {grains.map(({ x, y, turn }) => (
        <ellipse key={`${x}/${y}`} cx={x} cy={y} rx="2" ry="3.6" fill="#f2c14e" transform={`rotate(${turn} ${x} ${y})`} />
      ))}
    </svg>
  )
}
