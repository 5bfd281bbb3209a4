import type { ReactNode } from 'react'
import { useTypists } from '../hooks/use-typists.ts'
import './typing-line.css'

/** Who is entering something right now; keeps its place while nobody is, so that nothing jumps. */
export function TypingLine({ entity, idle = null }: { readonly entity?: string; readonly idle?: ReactNode }): ReactNode {
  const sentence = useTypists(entity)
  return (
    <div className="typing" aria-live="polite" data-typing={sentence !== null}>
      {sentence === null ? (
        idle
      ) : (
        <>
          <span className="typing-dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span className="clip">{sentence}</span>
        </>
      )}
    </div>
  )
}
