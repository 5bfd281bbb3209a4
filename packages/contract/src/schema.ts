import type { StandardSchemaV1 } from '@standard-schema/spec'
import { MillraceError } from './errors.ts'

/** Any schema of a library that implements Standard Schema (zod, valibot, arktype and others). */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>
export type InferInput<S extends Schema> = StandardSchemaV1.InferInput<S>
export type InferOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>

/** One fault in a payload: where, and what is wrong with it. */
export interface Fault {
  readonly path: string
  readonly message: string
}

export type Validation<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly Fault[] }

function toFault(issue: StandardSchemaV1.Issue): Fault {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return { path, message: issue.message }
}

function toValidation<T>(result: StandardSchemaV1.Result<T>): Validation<T> {
  return result.issues ? { ok: false, faults: result.issues.map(toFault) } : { ok: true, value: result.value }
}

/** Checks `value` against a schema. The answer is a promise only where the schema itself is asynchronous. */
export function validate<S extends Schema>(schema: S, value: unknown): Validation<InferOutput<S>> | Promise<Validation<InferOutput<S>>> {
  try {
    const result = schema['~standard'].validate(value)
    return result instanceof Promise ? result.then(toValidation, refuseDeep) : toValidation(result)
  } catch (error) {
    return refuseDeep(error)
  }
}

// A hostile payload of many thousand nested arrays exhausts the stack of a recursive schema: the sender's fault, not the schema's.
function refuseDeep(error: unknown): Validation<never> {
  if (error instanceof RangeError && /call stack/.test(error.message))
    return { ok: false, faults: [{ path: '', message: 'is nested too deeply' }] }
  throw error
}

/** The validated value, or a thrown `invalid_payload` that names each fault's path. */
export function validated<T>(validation: Validation<T>, what: string): T {
  if (validation.ok) return validation.value
  throw invalidPayload(what, validation.faults)
}

export function invalidPayload(what: string, faults: readonly Fault[]): MillraceError {
  const list = faults.map((fault) => (fault.path === '' ? fault.message : `${fault.path}: ${fault.message}`)).join('; ')
  return new MillraceError('invalid_payload', `${what} is not valid: ${list}`, { faults })
}
