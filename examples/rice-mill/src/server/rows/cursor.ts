import { invalidField } from '../problem.ts'

/** The cursor is the number of the last record of the page, made opaque. */
export function toCursor(number: number): string {
  return Buffer.from(`n${number}`).toString('base64url')
}

export function readCursor(cursor: string): number {
  const number = /^n(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[1]
  if (number === undefined) throw invalidField('cursor', 'give one that a list has answered, unchanged')
  return Number(number)
}
