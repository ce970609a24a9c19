import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { ForebayError } from 'forebay'

interface Owner {
  readonly pid: number
  /** When that process started, as its system tells it: a later process of the same number is not the owner. */
  readonly started: string
}

/**
 * Takes a folder for this process: leases live in memory, so two processes must not serve one store. The lock of
 * a process that is gone does not count. Returns how to give it back; throws `FOREBAY_UNAVAILABLE` when it is taken.
 */
export function lockStore(file: string): () => void {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }), { flag: 'wx' })
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = ownerOf(file)
    if (owner !== undefined && isAlive(owner))
      throw new ForebayError('FOREBAY_UNAVAILABLE', `${file}: the store is in use by process ${owner.pid}`)
    rmSync(file, { force: true })
  }
  throw new ForebayError('FOREBAY_UNAVAILABLE', `${file}: other processes are opening the store`, { retryable: true })
}

function ownerOf(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner
  } catch {
    return undefined // half written by a process that was killed, or just removed
  }
}

function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(pid) === started
}

/** Field 22 of /proc/<pid>/stat; empty where there is no such thing, and then the number alone decides. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
