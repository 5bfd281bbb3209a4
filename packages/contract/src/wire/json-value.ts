import { z } from 'zod'

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

const maxDepth = 64

/**
 * Whether `value` is plain JSON data, nested at most 64 deep, without a `__proto__` that would be set where a reader copies it.
 * Works without recursion: input is hostile.
 */
function isJsonValue(value: unknown): value is JsonValue {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: current, depth } = next
    if (current === null || typeof current === 'string' || typeof current === 'boolean') continue
    if (typeof current === 'number') {
      if (!Number.isFinite(current)) return false
      continue
    }
    if (typeof current !== 'object' || depth >= maxDepth) return false
    const prototype: unknown = Object.getPrototypeOf(current)
    if (!Array.isArray(current) && prototype !== Object.prototype && prototype !== null) return false
    if (Object.hasOwn(current, '__proto__')) return false
    for (const child of Object.values(current)) open.push({ value: child, depth: depth + 1 })
  }
  return true
}

export const jsonValue = z.custom<JsonValue>(isJsonValue, { error: 'must be plain JSON, nested at most 64 deep' })
