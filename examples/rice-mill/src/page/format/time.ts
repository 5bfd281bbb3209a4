const clock = new Intl.DateTimeFormat('en-IN', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const full = new Intl.DateTimeFormat('en-IN', { dateStyle: 'full', timeStyle: 'medium', hourCycle: 'h23' })
const shortDay = new Intl.DateTimeFormat('en-IN', { day: 'numeric', month: 'short' })
const longDay = new Intl.DateTimeFormat('en-IN', { weekday: 'long', day: 'numeric', month: 'long' })

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/** `Friday, 20 November 2026 at 14:05:33` */
export const exactTime = (time: number): string => full.format(time)

export const timeOfDay = (time: number): string => clock.format(time)

/** The day of a moment, `YYYY-MM-DD`, where the reader is. */
export function dayOf(time: number): string {
  const date = new Date(time)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** How long ago, in words that fit a column. */
export function relativeTime(time: number, now: number): string {
  const ago = now - time
  if (ago < 10_000) return 'just now'
  if (ago < minuteMs) return `${Math.floor(ago / 1000)} s ago`
  if (ago < hourMs) return `${Math.floor(ago / minuteMs)} min ago`
  if (dayOf(time) === dayOf(now)) return `${Math.floor(ago / hourMs)} h ago`
  if (dayOf(time) === dayOf(now - dayMs)) return `yesterday ${timeOfDay(time)}`
  return `${shortDay.format(time)}, ${timeOfDay(time)}`
}

/** A day as people say it: `Today`, `Yesterday`, `Monday, 16 November`. */
export function dayName(day: string, now: number): string {
  if (day === dayOf(now)) return 'Today'
  if (day === dayOf(now - dayMs)) return 'Yesterday'
  return longDay.format(noonOf(day))
}

/** `16 Nov` */
export const shortDayName = (day: string): string => shortDay.format(noonOf(day))

/** Noon, so that no change of the clocks moves it into another day. */
export function noonOf(day: string): Date {
  return new Date(`${day}T12:00:00`)
}

/** `2 h 5 min`, for what is under way. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / minuteMs))
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
