import { useConnection } from '@millrace/react'
import { useCallback, useEffect, useRef } from 'react'

/** What arrives so soon after the connection came back was said while it was away. */
const catchingUpMs = 1_200
/** This old, something has happened before the window was opened. */
const recentMs = 3_000

/**
 * Counts what is recovered after a break, and tells it once. The answered function says of an event that has just come,
 * and happened at `time`, whether it was one of those.
 */
export function useCaughtUp(onCaughtUp: (count: number) => void): (time: number) => boolean {
  const { state } = useConnection()
  const live = state === 'live'
  const since = useRef<{ count: number } | null>(null)
  const wasLive = useRef(false)
  const broken = useRef(false)
  const tell = useRef(onCaughtUp)
  tell.current = onCaughtUp

  useEffect(() => {
    if (!live) {
      if (wasLive.current) broken.current = true
      since.current = { count: 0 }
      return
    }
    wasLive.current = true
    since.current ??= { count: 0 }
    const timer = setTimeout(() => {
      const count = since.current?.count ?? 0
      since.current = null
      if (broken.current) tell.current(count)
      broken.current = false
    }, catchingUpMs)
    return () => clearTimeout(timer)
  }, [live])

  return useCallback((time: number) => {
    if (since.current === null) return false
    // A window that has just been opened was away from nothing; one that was reloaded hears what is older again.
    if (!broken.current && time > Date.now() - recentMs) return false
    since.current.count++
    return true
  }, [])
}
