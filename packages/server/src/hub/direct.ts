import { type AnyContract, type EventMap, MillraceError, validate, validated } from '@millrace/contract'

/** The JSON text of one of the contract's direct events. Throws `unknown_event` or `invalid_payload`. */
export function directJson(contract: AnyContract, event: string, data: unknown): string {
  const direct: EventMap = contract.direct
  const definition = Object.hasOwn(direct, event) ? direct[event] : undefined
  if (definition === undefined) throw new MillraceError('unknown_event', `the contract has no direct event "${event}"`)
  const checked = validate(definition.schema, data)
  if (checked instanceof Promise) throw new TypeError(`direct event "${event}": use a synchronous schema`)
  return JSON.stringify(validated(checked, `the payload of "${event}"`))
}
