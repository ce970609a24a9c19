import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './start-child.ts'

/** What many kills have shown. The last four have to be 0. */
export interface KillSummary {
  rounds: number
  stored: number
  acked: number
  delivered: number
  /** Put and confirmed, and neither there at the end nor acknowledged. */
  lost: number
  /** Delivered after their ack was confirmed. */
  resurrected: number
  /** There without ever having been put, or with another body. */
  wrong: number
  /** Rounds in which no lease or no put was outstanding when the process died. */
  idle: number
}

/** What the dead processes were told, kept outside of them. */
class Witness {
  readonly stored = new Set<string>()
  readonly started = new Set<string>()
  /** Acks that began: whether they are durable nobody can say. */
  readonly tried = new Set<string>()
  readonly acked = new Set<string>()
  readonly seen = new Set<string>()
  delivered = 0
  resurrected = 0
  wrong = 0

  read(line: string): void {
    const [word, ...ids] = line.split(' ')
    for (const id of ids) {
      if (word === 'start') this.started.add(id)
      else if (word === 'stored') this.stored.add(id)
      else if (word === 'ack') this.tried.add(id)
      else if (word === 'acked') this.acked.add(id)
      else if (word === 'wrong') this.wrong++
      else if (word === 'out') this.#out(id)
    }
  }

  #out(id: string): void {
    this.delivered++
    this.seen.add(id)
    if (this.acked.has(id)) this.resurrected++
    if (!this.started.has(id)) this.wrong++
  }
}

/**
 * Starts a process on one queue, kills it at a random moment with at least one lease and one put outstanding, and
 * starts it again, `rounds` times; then compares what the dead had been told with what is there.
 */
export async function killRounds(rounds: number, random: { next(): number }): Promise<KillSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-kill-'))
  const witness = new Witness()
  let idle = 0
  try {
    for (let round = 0; round < rounds; round++) {
      const child = startChild(['work', folder, `r${round}`])
      await child.line((line) => line.startsWith('out '))
      await sleep(random.next() * 250)
      child.process.kill('SIGKILL')
      await child.ended
      for (const line of child.lines) witness.read(line)
      if (!wasBusy(child.lines)) idle++
    }
    const audit = startChild(['audit', folder, 'audit'])
    const { code } = await audit.ended
    if (code !== 0) throw new Error(`the audit ended with ${code}: ${audit.lines.slice(-3).join(' / ')}`)
    const found = new Set<string>()
    for (const line of audit.lines) {
      witness.read(line)
      if (line.startsWith('out ')) found.add(line.slice(4))
    }
    const lost = [...witness.stored].filter((id) => !found.has(id) && !witness.tried.has(id))
    return {
      rounds,
      stored: witness.stored.size,
      acked: witness.acked.size,
      delivered: witness.delivered,
      lost: lost.length,
      resurrected: witness.resurrected,
      wrong: witness.wrong,
      idle,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function wasBusy(lines: readonly string[]): boolean {
  const count = (word: string): number => lines.filter((line) => line.startsWith(`${word} `)).length
  return count('start') > count('stored') && count('out') > count('acked')
}
