const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

const minuteMs = 60_000
const hourMs = 3_600_000

export const exactTime = (time: number): string => full.format(time)
export const timeOfDay = (time: number): string => clock.format(time)
/** `21 Nov 2026` */
export const dateOf = (time: number): string => day.format(time)

/** How long ago, in words that fit a column. */
export function relativeTime(time: number, now: number): string {
  const ago = now - time
  if (ago < 10_000) return 'just now'
  if (ago < minuteMs) return `${Math.floor(ago / 1000)} s ago`
  if (ago < hourMs) return `${Math.floor(ago / minuteMs)} min ago`
  return ago < 20 * hourMs ? `${Math.floor(ago / hourMs)} h ago` : `${dateOf(time)}, ${timeOfDay(time)}`
}

/** Whole days from now until then, at least none. */
export const daysUntil = (time: number, now: number): number => Math.max(0, Math.ceil((time - now) / (24 * hourMs)))
