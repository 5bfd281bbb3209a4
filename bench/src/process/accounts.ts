import { readFileSync } from 'node:fs'

// Linux counts a process's time in hundredths of a second, whatever the machine.
const tickMs = 10

/** Processor time that a process and its threads have taken so far, by the kernel's account. */
export function processMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold spaces; user and system time are the 14th and 15th fields.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}

/** Processor time that has been taken on the whole machine, less what its cores were idle. */
function machineMs(): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = readFileSync('/proc/stat', 'utf8')
    .slice(0, 200)
    .split('\n', 1)[0]
    ?.split(/ +/)
    .slice(1)
    .map(Number) ?? [0]
  return (user + nice + system + interrupts + softInterrupts + stolen) * tickMs
}

/** Memory that a process has resident, by the kernel's account. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1_024
}

/** Who took the machine's time while something was measured. Shares are of one core. */
export interface Account {
  readonly serverMs: number
  /** Near 1, it was the load generator that was measured. */
  readonly loadShare: number
  /** What processes took that have nothing to do with it. */
  readonly othersShare: number
}

interface Measured {
  readonly server: { readonly pid: number }
  readonly loads: readonly { readonly pid: number }[]
}

/** Opens the books; what it returns closes them. */
export function openAccount({ server, loads }: Measured): () => Account {
  const loadMs = (): number => loads.reduce((sum, { pid }) => sum + processMs(pid), 0)
  const read = () => ({ at: performance.now(), server: processMs(server.pid), load: loadMs(), machine: machineMs() })
  const start = read()
  return () => {
    const end = read()
    const tookMs = end.at - start.at
    const [serverMs, loadsMs] = [end.server - start.server, end.load - start.load]
    return {
      serverMs,
      loadShare: loadsMs / tookMs,
      othersShare: Math.max(0, end.machine - start.machine - serverMs - loadsMs) / tookMs,
    }
  }
}
