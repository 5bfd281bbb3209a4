import type { Job } from '@millrace/server'
import { expect, it } from 'vitest'
import { judgeJobs, type SeenJobs } from './judge-jobs.ts'

const done: Job = {
  ...{ id: 'j', tenant: 'acme', type: 'report', input: null, progress: 100, message: null, attempt: 1, createdAt: 0 },
  ...{ state: 'completed', result: null, finishedAt: 1 },
}
const state = (name: string, progress: number) => ({ job: 'j', state: name, progress })
const reader: SeenJobs = { reader: 'ana', states: [state('running', 40), state('completed', 100)], ends: ['j'] }

it('[JOB1] the judge finds nothing in a sound run, and each fault in others', () => {
  expect(judgeJobs([done], ['j'], [reader])).toEqual([])
  const unsound: readonly (readonly [RegExp, Parameters<typeof judgeJobs>])[] = [
    [/has not ended: running/, [[{ ...done, state: 'running', worker: 'w', leaseUntil: 1 }], ['j'], []]],
    [/has 2 ends/, [[done], ['j', 'j'], [reader]]],
    [/has 0 ends/, [[done], [], [reader]]],
    [/fall from 40 to 20/, [[done], ['j'], [{ ...reader, states: [state('running', 40), state('running', 20), state('completed', 100)] }]]],
    [/go on after its end/, [[done], ['j'], [{ ...reader, states: [state('failed', 40), state('completed', 100)] }]]],
    [/heard 0 ends/, [[done], ['j'], [{ ...reader, ends: [] }]]],
    [/heard 2 ends/, [[done], ['j'], [{ ...reader, ends: ['j', 'j'] }]]],
    [/shows j as running/, [[done], ['j'], [{ ...reader, states: [state('running', 40)] }]]],
  ]
  for (const [fault, run] of unsound) expect(judgeJobs(...run).join('\n')).toMatch(fault)
})
