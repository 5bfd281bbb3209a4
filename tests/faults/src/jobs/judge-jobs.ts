import type { Job } from '@millrace/server'

/** What one reader saw, in order: of each job its newest states, and its ends. */
export interface SeenJobs {
  readonly reader: string
  readonly states: readonly { readonly job: string; readonly state: string; readonly progress: number }[]
  readonly ends: readonly string[]
}

const final = ['completed', 'failed', 'cancelled']

/** The faults of a run against JOB1: `jobs` are as stored at the end, `logged` the ends in the log. */
export function judgeJobs(jobs: readonly Job[], logged: readonly string[], readers: readonly SeenJobs[]): readonly string[] {
  const faults: string[] = []
  for (const { id, state } of jobs) {
    if (!final.includes(state)) faults.push(`${id} has not ended: ${state}`)
    const ends = logged.filter((one) => one === id).length
    if (ends !== 1) faults.push(`${id} has ${ends} ends in the log`)
  }
  for (const { reader, states, ends } of readers) {
    const newest = new Map<string, { readonly state: string; readonly progress: number }>()
    for (const { job, state, progress } of states) {
      const before = newest.get(job)
      if (before !== undefined && progress < before.progress)
        faults.push(`${reader} saw ${job} fall from ${before.progress} to ${progress}`)
      if (before !== undefined && final.includes(before.state) && state !== before.state)
        faults.push(`${reader} saw ${job} go on after its end: ${before.state}, then ${state}`)
      newest.set(job, { state, progress })
    }
    for (const { id, state } of jobs) {
      const heard = ends.filter((one) => one === id).length
      if (heard !== 1) faults.push(`${reader} heard ${heard} ends of ${id}`)
      if (newest.get(id)?.state !== state) faults.push(`${reader} shows ${id} as ${newest.get(id)?.state}, and it is ${state}`)
    }
  }
  return faults
}
