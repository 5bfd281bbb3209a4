import { pairsOf } from './pair.ts'
import type { Workshop } from './process/workshop.ts'
import type { Programs } from './programs.ts'
import type { Outcome } from './report/row.ts'
import type { Scenario } from './scenario.ts'
import type { SubjectName } from './subject.ts'

export interface Measuring {
  readonly subjects: readonly SubjectName[]
  readonly rounds: number
  readonly seconds: number
  readonly programs: Programs
  readonly workshop: Workshop
  readonly onProgress: (text: string) => void
}

/** Who goes first changes from round to round, and the direction with it, so that nobody always has the warmer machine. */
export function orderOf(subjects: readonly SubjectName[], round: number): readonly SubjectName[] {
  const first = Math.floor(round / 2) % subjects.length
  const rotated = [...subjects.slice(first), ...subjects.slice(0, first)]
  return round % 2 === 0 ? rotated : rotated.toReversed()
}

/** All rounds of one scenario. What fails is an outcome: the other rows are still worth their time. */
export async function measure(
  scenario: Scenario,
  { subjects, rounds, seconds, programs, workshop, onProgress }: Measuring,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (let round = 0; round < rounds; round++) {
    for (const subject of orderOf(
      scenario.subjects.filter((name) => subjects.includes(name)),
      round,
    )) {
      onProgress(`${scenario.name} ${round + 1}/${rounds}: ${subject}`)
      try {
        outcomes.push({ subject, figures: await scenario.run({ subject, start: pairsOf(subject, programs, workshop), seconds }) })
      } catch (error) {
        outcomes.push({ subject, failure: error instanceof Error ? error.message : String(error) })
      }
    }
  }
  return outcomes
}
