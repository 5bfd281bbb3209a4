import type { Scenario } from '../scenario.ts'
import { ack } from './ack.ts'
import { cluster } from './cluster.ts'
import { connections } from './connections.ts'
import { durable, durablePostgres } from './durable.ts'
import { burst, mixed, perTurn, rooms, steady20, steady100 } from './fan-out.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { outbox } from './outbox.ts'
import { reconnect } from './reconnect.ts'
import { stalled } from './stalled.ts'
import { tenants } from './tenants.ts'

/** In the order of the table. */
export const scenarios: readonly Scenario[] = [
  steady20,
  steady100,
  burst,
  perTurn,
  rooms,
  mixed,
  stalled,
  tenants,
  connections,
  reconnect,
  idle,
  durable,
  durablePostgres,
  outbox,
  cluster,
  growth,
  ack,
]
