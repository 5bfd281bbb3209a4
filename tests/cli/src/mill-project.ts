import { hashApiKey } from '@millrace/server/http'
import { openProject, type Project } from './node/project.ts'

export const secret = 'a secret of the tests of the command line'
export const apiKey = 'key-of-the-tests-and-of-nobody-else'

export const contract = `
import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'
const Purchase = z.object({ id: z.string(), kg: z.number().positive() })
export const mill = defineContract({
  title: 'Mill',
  channels: {
    mill: channel('mill:{millId}', { events: { 'purchase:created': event(Purchase) } }),
    office: channel('office', { events: { 'note:written': event(z.string()) } }),
  },
  requests: { count: request(z.null(), z.number()) },
})
`

/** A configuration whose settings are these, as text: each takes the place of the default. */
export function config(settings: Readonly<Record<string, string>> = {}): string {
  const all = {
    contract: 'mill',
    tenant: "'acme'",
    auth: `{ secret: '${secret}' }`,
    policy: '{ mill: () => true }',
    handlers: '{ count: () => 1 }',
    store: "'sqlite:./mill.db'",
    http: "{ port: 0, host: '127.0.0.1' }",
    api: `{ keys: [{ id: 'tests', hash: '${hashApiKey(apiKey)}', scopes: ['publish'], tenants: ['acme'] }] }`,
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `  ${name}: ${value},`)
  return `import { defineConfig } from 'millrace'\nimport { mill } from './contract.ts'\nexport default defineConfig({\n${lines.join('\n')}\n})\n`
}

export function millProject(settings?: Readonly<Record<string, string>>): Project {
  return openProject({ 'contract.ts': contract, 'millrace.config.ts': config(settings) })
}

export interface Served {
  readonly url: string
  readonly stop: () => Promise<number | null>
}

/** Starts `millrace serve`, and waits until it listens. */
export async function serve(project: Project, args: readonly string[] = []): Promise<Served> {
  const server = project.start(['serve', ...args])
  // Holds: the line is the server's own.
  const { port } = JSON.parse(await server.line(/"listening"/)) as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.signal('SIGTERM')
      return (await server.ended).code
    },
  }
}
