import type { Workshop } from './process/workshop.ts'
import type { SubjectName } from './subject.ts'

/** What can be started of one run's programs. */
export interface Programs {
  readonly load: string
  readonly servers: Readonly<Record<Exclude<SubjectName, 'floor'>, string>>
  /** Null where there is no C compiler. */
  readonly floor: string | null
}

export async function makePrograms(workshop: Workshop): Promise<Programs> {
  return {
    load: await workshop.bundle('load/generator.ts'),
    servers: {
      stock: await workshop.bundle('servers/stock.ts'),
      ws: await workshop.bundle('servers/ws.ts'),
      millrace: await workshop.bundle('servers/millrace.ts'),
    },
    floor: workshop.compile('floor.c'),
  }
}
