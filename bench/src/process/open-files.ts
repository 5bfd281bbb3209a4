import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What 10,000 connections need, with some to spare. */
const wanted = 16_384

function limit(): number {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** How many files a process here may have open. Node raises its own limit to the hard one; root may raise that. */
function raised(): number {
  if (limit() < wanted) spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`])
  return limit()
}

// Inherited by what is started from here.
export const maxOpenFiles = raised()
