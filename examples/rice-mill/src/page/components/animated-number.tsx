import { useReducedMotion } from '@mantine/hooks'
import { type ReactNode, useEffect, useRef, useState } from 'react'

interface Props {
  readonly value: number
  readonly format: (value: number) => string
}

const durationMs = 500

/** A figure that runs to its new value instead of jumping. */
export function AnimatedNumber({ value, format }: Props): ReactNode {
  const still = useReducedMotion()
  const [shown, setShown] = useState(value)
  const from = useRef(value)

  useEffect(() => {
    const start = from.current
    if (still || start === value || document.hidden) {
      from.current = value
      setShown(value)
      return
    }
    let frame = 0
    const began = performance.now()
    const step = (now: number) => {
      const part = Math.min(1, (now - began) / durationMs)
      const next = part === 1 ? value : start + (value - start) * (1 - (1 - part) ** 3)
      from.current = next
      setShown(next)
      if (part < 1) frame = requestAnimationFrame(step)
    }
    frame = requestAnimationFrame(step)
    return () => cancelAnimationFrame(frame)
  }, [value, still])

  return <span className="num">{format(shown)}</span>
}
