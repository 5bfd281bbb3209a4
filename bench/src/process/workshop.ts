import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const bench = fileURLToPath(new URL('../..', import.meta.url))

/** A folder of one run, `artefacts/<process id>`: the programs it starts, and what they write. */
export interface Workshop {
  /** A module of `src`, with the workspace's own packages in it, as the compiler of the published packages makes it. Answers its path. */
  bundle(entry: string): Promise<string>
  /** A C program of `floor`; null where there is no compiler. */
  compile(source: string): string | null
  /** A new folder for a server's data, on the disk that the checkout is on. */
  dataDir(): string
  remove(): void
}

/** Whether the process that a folder belongs to is still there: one that was killed has left its own. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/*
 * Run from their sources, the packages would be slower than what npm installs: the loader names each function when it is made.
 */
export function openWorkshop(): Workshop {
  const artefacts = join(bench, 'artefacts')
  mkdirSync(artefacts, { recursive: true })
  for (const name of readdirSync(artefacts)) if (!isAlive(Number(name))) rmSync(join(artefacts, name), { recursive: true, force: true })
  // Inside the checkout, so that what is bundled finds its dependencies.
  const folder = join(artefacts, String(process.pid))
  mkdirSync(folder)
  return {
    async bundle(entry) {
      const build = await rolldown({
        input: join(bench, 'src', entry),
        platform: 'node',
        // As the packages are built: Node 20 does not know `using`.
        transform: { target: 'es2023' },
        external: (id) => /^[^./\0]/.test(id) && !/^@(millrace|oxc-project)\//.test(id),
        resolve: { conditionNames: ['millrace-source', 'node', 'import'] },
      })
      const file = join(folder, entry.replace(/\.ts$/, '.js'))
      await build.write({ file, format: 'esm', codeSplitting: false })
      await build.close()
      return file
    },
    compile(source) {
      const file = join(folder, source.replace(/\.c$/, ''))
      const made = spawnSync('cc', ['-O2', '-o', file, join(bench, 'floor', source)], { stdio: ['ignore', 'ignore', 'inherit'] })
      return made.status === 0 ? file : null
    },
    dataDir: () => mkdtempSync(join(folder, 'data-')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
