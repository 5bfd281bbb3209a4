import { type MillraceClient, MillraceError, type RequestArguments } from '@millrace/client'
import type { AnyContract, RequestInput, RequestReply } from '@millrace/contract'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useClient } from './provider.tsx'

/** `data` is the newest reply, also while the next one is on its way and after one that failed. */
export type RequestView<Data> =
  | { readonly status: 'idle'; readonly data: undefined; readonly error: undefined }
  | { readonly status: 'pending'; readonly data: Data | undefined; readonly error: undefined }
  | { readonly status: 'success'; readonly data: Data; readonly error: undefined }
  | { readonly status: 'error'; readonly data: Data | undefined; readonly error: MillraceError }

export type RequestResult<Data> = { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: MillraceError }

export type UseRequest<C extends AnyContract, N extends Extract<keyof C['requests'], string>> = RequestView<
  RequestReply<C['requests'], N>
> & {
  /** Asks. Never rejects; of several at a time the last one asked is shown. */
  readonly run: (...args: RequestArguments<RequestInput<C['requests'], N>>) => Promise<RequestResult<RequestReply<C['requests'], N>>>
  readonly reset: () => void
}

const idle = { status: 'idle', data: undefined, error: undefined } as const

function useRequest<C extends AnyContract, N extends Extract<keyof C['requests'], string>>(name: N): UseRequest<C, N> {
  type Data = RequestReply<C['requests'], N>
  // Holds: `createHooks` names the contract of the provider's client.
  const client = useClient() as MillraceClient<C>
  const [view, setView] = useState<RequestView<Data>>(idle)
  /** Names the call that is shown; none after the component has gone. */
  const shown = useRef(0)
  useEffect(
    () => () => {
      shown.current++
    },
    [],
  )

  const run = useCallback(
    async (...args: RequestArguments<RequestInput<C['requests'], N>>): Promise<RequestResult<Data>> => {
      const mine = ++shown.current
      setView(({ data }) => ({ status: 'pending', data, error: undefined }))
      try {
        const data = await client.request(name, ...args)
        if (mine === shown.current) setView({ status: 'success', data, error: undefined })
        return { ok: true, data }
      } catch (thrown) {
        const error = thrown instanceof MillraceError ? thrown : new MillraceError('internal', String(thrown))
        if (mine === shown.current) setView(({ data }) => ({ status: 'error', data, error }))
        return { ok: false, error }
      }
    },
    [client, name],
  )
  const reset = useCallback(() => {
    shown.current++
    setView(idle)
  }, [])
  return { ...view, run, reset }
}

/** The hooks that need the contract's type. */
export interface ContractHooks<C extends AnyContract> {
  readonly useClient: () => MillraceClient<C>
  readonly useRequest: <N extends Extract<keyof C['requests'], string>>(name: N) => UseRequest<C, N>
}

/** `createHooks<typeof contract>()`, once per application: the contract of the client that its provider is given. */
export function createHooks<C extends AnyContract>(): ContractHooks<C> {
  // Holds: the caller names the contract of the provider's client.
  return { useClient: useClient as unknown as () => MillraceClient<C>, useRequest }
}
