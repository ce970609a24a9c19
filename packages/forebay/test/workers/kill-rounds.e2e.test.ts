import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { flow, type Run } from 'forebay'
import { mapWorker, type MapWorkerOptions } from 'forebay/workers'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/kernel/random.ts'

const module = pathToFileURL(join(import.meta.dirname, 'work.mjs'))
const rounds = 20
const items = 1500
const doubled = Array.from({ length: items }, (_, at) => (at + 1) * 2)

/** Children of this process that are workers. */
function pids(): number[] {
  const out = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  const workers = out.split('\n').filter((line) => line.includes('worker-main.js'))
  return workers.map((line) => Number.parseInt(line, 10))
}

/** Runs all items through workers of which something befalls one; everything arrives, once and in order. */
async function survives(
  options: MapWorkerOptions<number>,
  strike: (seen: number) => void,
  make: (n: number) => number = (n) => n,
): Promise<Run> {
  const received: number[] = []
  const work = mapWorker<number, number>(module, { workers: 2, function: 'count', ...options })
  const run = flow
    .range(1, items)
    .map(make)
    .via(work)
    .to((n) => {
      received.push(n)
      strike(received.length)
    })
    .run()
  await run.done
  expect(received).toEqual(doubled)
  const { ledger, balanced } = run.inspect()
  expect(ledger).toMatchObject({ in: items, out: items, dropped: {}, deadLettered: 0, inFlight: 0 })
  expect(balanced).toBe(true)
  return run
}

const retried = (run: Run): number => run.inspect().stages.reduce((sum, stage) => sum + stage.retried, 0)

describe.each(['SIGKILL', 'SIGSTOP'] as const)(`${rounds} times %s to a child process`, (signal) => {
  it('nothing is lost, nothing comes twice, and no process is left', async () => {
    const random = seededRandom(1)
    let replaced = 0
    for (let round = 0; round < rounds; round++) {
      const at = 1 + Math.floor(random.next() * (items - 200))
      let struck = false
      const run = await survives({ kind: 'process', ...(signal === 'SIGSTOP' && { timeout: 100 }) }, (seen) => {
        if (struck || seen < at) return
        struck = true
        const found = pids()
        process.kill(found[Math.floor(random.next() * found.length)] as number, signal)
      })
      expect(struck).toBe(true)
      if (retried(run) > 0) replaced++
      expect(pids()).toEqual([])
    }
    // A worker may have nothing just when it is struck.
    expect(replaced).toBeGreaterThan(rounds / 2)
  })
})

describe.each(['exit', 'spin', 'throw later'] as const)(
  `${rounds} times a thread that comes to '%s' in its work`,
  (does) => {
    it('nothing is lost, nothing comes twice', async () => {
      const random = seededRandom(2)
      for (let round = 0; round < rounds; round++) {
        // Shared by all workers: only the first one that comes to the item meets its fate.
        const data = {
          fate: does,
          at: 1 + Math.floor(random.next() * items),
          met: new Int32Array(new SharedArrayBuffer(4)),
        }
        const run = await survives({ data, ...(does === 'spin' && { timeout: 100 }) }, () => {})
        expect(data.met[0]).toBeGreaterThan(0)
        expect(retried(run)).toBeGreaterThan(0)
      }
    })
  },
)
