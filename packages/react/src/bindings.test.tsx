// @vitest-environment happy-dom
import { type BindingDriver, type BindingUse, bindingCases, type mill } from '@millrace/client/testing'
import { act, cleanup, render } from '@testing-library/react'
import { type ReactNode, StrictMode } from 'react'
import { afterEach, describe, it } from 'vitest'
import {
  createHooks,
  MillraceProvider,
  useChannelStatus,
  useConnection,
  useEvent,
  useGap,
  useLiveList,
  useNotifications,
  usePresence,
  useRetained,
  useTyping,
} from './index.ts'

type Answer = Readonly<Record<string, unknown>>

const { useRequest } = createHooks<typeof mill>()

type Hooks = { readonly [H in BindingUse['hook']]: (use: Extract<BindingUse, { readonly hook: H }>) => object }

const hooks: Hooks = {
  connection: useConnection,
  event: function useBinding({ ref, handler }) {
    useEvent(ref, 'purchase:created', handler)
    return {}
  },
  gap: function useBinding({ ref, handler }) {
    useGap(ref, handler)
    return {}
  },
  status: function useBinding({ ref }) {
    return useChannelStatus(ref)
  },
  retained: function useBinding({ ref }) {
    return useRetained(ref, 'dashboard:stats')
  },
  list: function useBinding({ ref, options }) {
    return useLiveList(ref, options)
  },
  request: function useBinding() {
    return useRequest('request:dashboard')
  },
  presence: function useBinding({ ref, state }) {
    return usePresence(ref, state)
  },
  typing: function useBinding({ ref }) {
    return useTyping(ref)
  },
  notifications: useNotifications,
}

interface ProbeProps {
  readonly use: BindingUse
  readonly onAnswer: (answer: Answer) => void
}

function Probe({ use, onAnswer }: ProbeProps): null {
  // Holds: each hook is given the use that names it. A component keeps to one hook for as long as it is there.
  const useBinding = hooks[use.hook] as (use: BindingUse) => object
  onAnswer(useBinding(use) as Answer)
  return null
}

type Wrapper = (props: { readonly children: ReactNode }) => ReactNode

function reactDriver(Around: Wrapper): BindingDriver {
  return {
    mount(client, first) {
      let answer: Answer = {}
      const onAnswer = (next: Answer): void => {
        answer = next
      }
      const tree = (use: BindingUse): ReactNode => (
        <Around>
          <MillraceProvider client={client}>
            <Probe use={use} onAnswer={onAnswer} />
          </MillraceProvider>
        </Around>
      )
      const rendered = render(tree(first))
      return { current: () => answer, update: (use) => rendered.rerender(tree(use)), unmount: rendered.unmount }
    },
    act: (run) => act(async () => run()),
  }
}

afterEach(cleanup)

const wrappers: readonly (readonly [string, Wrapper])[] = [
  ['React', ({ children }) => children],
  ['React in StrictMode', ({ children }) => <StrictMode>{children}</StrictMode>],
]

describe.each(wrappers)('%s', (_, Around) => {
  const driver = reactDriver(Around)
  for (const { title, run } of bindingCases) it(title, () => run(driver), 60_000)
})
