import type { Scenario } from '../scenario.ts'
import { burst, perTurn, steady20, steady100 } from './fan-out.ts'
import { idle } from './idle.ts'

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [steady20, steady100, burst, perTurn, idle]
