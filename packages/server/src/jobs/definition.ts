import type {
  ChannelDefinition,
  ChannelFactory,
  ChannelParams,
  ChannelRef,
  EventInput,
  EventName,
  InferInput,
  InferOutput,
  Schema,
} from '@millrace/contract'
import { ConfigurationError } from '../configuration-error.ts'
import type { JobRetry } from './machine.ts'
import type { CancelledJob, CompletedJob, FailedJob, FinalJob, Job } from './port.ts'

/** An event of the job's channel, and what it says of a job. */
type Telling<D extends ChannelDefinition, J> = {
  readonly [N in EventName<D>]: { readonly event: N; readonly data: (job: J) => EventInput<D['events'], N> }
}[EventName<D>]

type ParamsOf<D> = D extends ChannelDefinition<infer P, infer _> ? ChannelParams<P> : never

export interface JobNotification {
  readonly type: string
  readonly title: string
  readonly message: string
  readonly data?: unknown
  readonly document?: string
}

export interface JobOptions<I extends Schema, R extends Schema, D extends ChannelDefinition> {
  /** What the work is given, and what it comes to. Synchronous schemas; both are kept as JSON. */
  readonly input: I
  readonly result: R
  /** Where people hear of it, and which of these channels is a job's. */
  readonly channel: ChannelFactory<D>
  readonly params: (job: Job<InferOutput<I>, InferOutput<R>>) => ParamsOf<NoInfer<D>>
  /** A retained event: the newest value is there for whoever comes. It is published with every state, final ones too. */
  readonly progress: Telling<NoInfer<D>, Job<InferOutput<I>, InferOutput<R>>>
  /** Durable events: they reach who was away. */
  readonly completed: Telling<NoInfer<D>, CompletedJob<InferOutput<I>, InferOutput<R>>>
  readonly failed: Telling<NoInfer<D>, FailedJob<InferOutput<I>>>
  readonly cancelled?: Telling<NoInfer<D>, CancelledJob<InferOutput<I>>>
  /** A notification for the job's actor when it has ended, stored with its end; null for none. Clients without the SDK find it when they come back. */
  readonly notify?: (job: FinalJob<InferOutput<I>, InferOutput<R>>) => JobNotification | null
  /** What is not given is taken from `jobDefaults.retry`. */
  readonly retry?: Partial<JobRetry>
}

/** What a job's state is told as; the types of input and result are the builder's. */
interface Told {
  readonly event: string
  readonly data: (job: Job) => unknown
}

export interface JobDefinition<I extends Schema = Schema, R extends Schema = Schema> {
  readonly input: I
  readonly result: R
  readonly retry: JobRetry
  readonly channel: { readonly channel: string; readonly definition: ChannelDefinition }
  channelOf(job: Job): ChannelRef
  readonly told: {
    readonly progress: Told
    readonly completed: Told
    readonly failed: Told
    readonly cancelled: Told | null
  }
  notify(job: FinalJob): JobNotification | null
}

export type JobMap = Readonly<Record<string, JobDefinition>>
export type JobName<M extends JobMap> = Extract<keyof M, string>
export type JobInput<M extends JobMap, N extends keyof M> = InferInput<M[N]['input']>
export type JobResult<M extends JobMap, N extends keyof M> = InferInput<M[N]['result']>
export type JobOf<M extends JobMap, N extends keyof M> = Job<InferOutput<M[N]['input']>, InferOutput<M[N]['result']>>

export const jobDefaults = {
  retry: { attempts: 3, delayMs: 1_000, maxDelayMs: 60_000 },
  leaseMs: 15_000,
} as const

/** Declares a kind of long work: what it takes and gives, and what people hear of it. */
export function job<I extends Schema, R extends Schema, D extends ChannelDefinition>(options: JobOptions<I, R, D>): JobDefinition<I, R> {
  const { input, result, channel, params, progress, completed, failed, cancelled, notify, retry } = options
  // Hold: a job is given to the functions of its own kind alone, in the state that they are for, with the input and result of its schemas.
  const make = channel as (params: unknown) => ChannelRef
  const paramsOf = params as unknown as (job: Job) => unknown
  const told = (telling: { readonly event: string }) => telling as unknown as Told
  const notice = notify as ((job: FinalJob) => JobNotification | null) | undefined
  return {
    ...{ input, result, channel },
    retry: { ...jobDefaults.retry, ...retry },
    channelOf: (of) => make(paramsOf(of)),
    told: {
      progress: told(progress),
      completed: told(completed),
      failed: told(failed),
      cancelled: cancelled === undefined ? null : told(cancelled),
    },
    notify: (of) => notice?.(of) ?? null,
  }
}

/** Throws `ConfigurationError` for definitions that could not keep JOB1 (OPS3). */
export function checkJobs(jobs: JobMap): void {
  for (const [type, { channel, told, retry }] of Object.entries(jobs)) {
    for (const [name, telling] of Object.entries(told)) {
      if (telling === null) continue
      const { events, pattern } = channel.definition
      const definition = Object.hasOwn(events, telling.event) ? events[telling.event] : undefined
      const setting = `jobs.${type}.${name}`
      if (definition === undefined)
        throw new ConfigurationError(setting, `names the event "${telling.event}"`, `use an event of the channel "${pattern.pattern}"`)
      const wanted = name === 'progress' ? 'retained' : 'durable'
      if (definition.delivery !== wanted)
        throw new ConfigurationError(setting, `is told as "${telling.event}", which is ${definition.delivery}`, `declare it as ${wanted}`)
    }
    for (const [name, value] of Object.entries(retry)) {
      const least = name === 'attempts' ? 1 : 0
      if (!Number.isSafeInteger(value) || value < least)
        throw new ConfigurationError(`jobs.${type}.retry.${name}`, `is ${value}`, `give a whole number of at least ${least}`)
    }
  }
}
