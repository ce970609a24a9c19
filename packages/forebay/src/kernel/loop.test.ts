import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { Loop } from './loop.ts'

/** A loop, and tasks that note when they run. */
function looping() {
  const loop = new Loop(new VirtualClock())
  loop.start()
  const seen: string[] = []
  const task = (name: string) => ({ queued: false, go: () => void seen.push(name) })
  return { loop, seen, task }
}

/** Lets every promise that has settled be told. */
const turn = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

describe('a task that promises schedule', () => {
  it('runs once, behind all promises that settled together', async () => {
    const { loop, seen, task } = looping()
    const shared = task('run')
    const settled = Promise.resolve()
    for (const name of ['a', 'b', 'c']) {
      void settled.then(() => {
        seen.push(name)
        loop.scheduleSoon(shared)
      })
    }
    await turn()

    expect(seen).toEqual(['a', 'b', 'c', 'run'])
  })

  it('runs again for the promises of the next turn', async () => {
    const { loop, seen, task } = looping()
    const shared = task('run')
    loop.scheduleSoon(shared)
    await turn()
    loop.scheduleSoon(shared)
    await turn()

    expect(seen).toEqual(['run', 'run'])
  })

  it('goes along with a task that is run before, in the order in which they were scheduled', async () => {
    const { loop, seen, task } = looping()
    loop.scheduleSoon(task('soon'))
    loop.scheduleSoon(task('soon too'))
    loop.schedule(task('now'))
    expect(seen).toEqual(['now', 'soon', 'soon too'])
    await turn()

    expect(seen).toHaveLength(3)
  })

  it('is queued like any other while the loop runs', () => {
    const { loop, seen, task } = looping()
    const inner = task('inner')
    loop.schedule({
      queued: false,
      go: () => {
        loop.scheduleSoon(inner)
        seen.push('outer')
      },
    })

    expect(seen).toEqual(['outer', 'inner'])
  })
})

describe('tasks that promises schedule without end', () => {
  it('let timers and I/O in, though nothing is ever left over', () => {
    const resumes: (() => void)[] = []
    let now = 0
    const clock = { now: () => now, yield: (resume: () => void) => void resumes.push(resume) }
    const loop = new Loop(clock as never)
    loop.start()
    let ran = 0
    const task = { queued: false, go: () => void ran++ }
    for (let i = 0; i < 100 && resumes.length === 0; i++) {
      now += 0.1
      loop.schedule(task)
    }
    const before = ran
    expect(resumes).toHaveLength(1)
    expect(before).toBeLessThan(100)
    loop.schedule(task)
    expect(ran).toBe(before)
    resumes[0]?.()
    expect(ran).toBe(before + 1)
  })
})
