import { describe, expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { Loop, type Task } from './loop.ts'

/** A loop whose clock moves by `step` ms with every reading, and which says what it has asked the event loop for. */
function stepping(step: number) {
  const state = { now: 0, step, turns: [] as (() => void)[] }
  const clock = {
    now: () => (state.now += state.step),
    yield: (callback: () => void) => void state.turns.push(callback),
  } as unknown as Clock
  const loop = new Loop(clock)
  const seen: string[] = []
  const task = (name: string, more?: () => void): Task => ({
    queued: false,
    go: () => {
      seen.push(name)
      more?.()
    },
  })
  return { loop, state, seen, task }
}

describe('tasks', () => {
  it('wait for the start, and then run in the order in which they were scheduled', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.schedule(task('a'))
    loop.schedule(task('b'))
    expect(seen).toEqual([])
    loop.start()
    expect(seen).toEqual(['a', 'b'])
    loop.schedule(task('c'))

    expect(seen).toEqual(['a', 'b', 'c'])
    expect(state.turns).toEqual([])
  })

  it('run behind the task that schedules them, never inside it, and once however often they were asked for', () => {
    const { loop, seen, task } = stepping(0)
    loop.start()
    const inner = task('inner')
    loop.schedule(
      task('outer', () => {
        loop.schedule(inner)
        loop.schedule(inner)
        expect(inner.queued).toBe(true)
        seen.push('outer again')
      }),
    )
    expect(seen).toEqual(['outer', 'outer again', 'inner'])
    expect(inner.queued).toBe(false)
    loop.schedule(inner)

    expect(seen).toHaveLength(4)
  })

  it('run behind each other as well when the loop starts, and when a promise was awaited', async () => {
    const { loop, seen, task } = stepping(0)
    const outer = (): Task =>
      task('outer', () => {
        loop.schedule(task('inner'))
        seen.push('outer again')
      })
    loop.schedule(outer())
    loop.start()
    expect(seen).toEqual(['outer', 'outer again', 'inner'])
    loop.scheduleSoon(outer())
    await Promise.resolve()
    await Promise.resolve()

    expect(seen.slice(3)).toEqual(['outer', 'outer again', 'inner'])
  })

  it('do not read the clock each', () => {
    const { loop, task, state } = stepping(0.0001)
    for (let at = 0; at < 7; at++) loop.schedule(task(`${at}`))
    loop.start()

    expect(state.now).toBeCloseTo(0.0002, 6)
  })

  it('may start the loop once more, which runs nothing inside them', () => {
    const { loop, seen, task } = stepping(0)
    loop.start()
    loop.schedule(
      task('outer', () => {
        loop.schedule(task('inner'))
        loop.start()
        seen.push('outer again')
      }),
    )

    expect(seen).toEqual(['outer', 'outer again', 'inner'])
  })
})

describe('a turn', () => {
  it('reads the clock twice as rarely each time while it is quick, and more often when it is slow', () => {
    const { loop, state } = stepping(0.001)
    loop.start()
    const rhythm: number[] = []
    for (let reading = 0; reading < 12; reading++) {
      expect(loop.check()).toBe(true)
      rhythm.push(loop.left)
    }
    expect(rhythm.slice(0, 4)).toEqual([16, 32, 64, 128])
    expect(rhythm.at(-1)).toBe(rhythm.at(-2))
    const most = rhythm.at(-1) as number

    state.step = 0.3
    loop.start()
    loop.check()
    expect(loop.left).toBe(most)
    state.step = 1
    loop.start()
    expect(loop.check()).toBe(true)
    expect(loop.left).toBe(most >> 2)
    for (let turn = 0; turn < 12; turn++) {
      loop.start()
      loop.check()
    }
    expect(loop.left).toBe(1)
  })

  it('is over after its time, lets the event loop in once, and goes on with what is left', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    loop.left = 2
    loop.schedule(
      task('a', () => {
        for (const name of ['b', 'c', 'd']) loop.schedule(task(name))
        state.now += 5
      }),
    )
    expect(seen).toEqual(['a', 'b'])
    expect(state.turns).toHaveLength(1)
    loop.schedule(task('e'))
    expect(seen).toEqual(['a', 'b'])
    state.now += 40
    state.turns.shift()?.()

    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(state.turns).toEqual([])
    expect(loop.maxDelayMs).toBe(40)
  })

  it('that ends inside a task ends once, behind that task, and what it has scheduled waits', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    loop.schedule(
      task('a', () => {
        state.now += 5
        expect(loop.check()).toBe(false)
        loop.schedule(task('b'))
        expect(state.turns).toHaveLength(0)
      }),
    )

    expect(seen).toEqual(['a'])
    expect(state.turns).toHaveLength(1)
    state.turns.shift()?.()
    expect(seen).toEqual(['a', 'b'])
  })

  it('counts the longest of all delays, and begins its time anew with each turn', () => {
    const { loop, state } = stepping(0)
    loop.start()
    for (const delay of [7, 30, 9]) {
      state.now += delay
      loop.start()
    }

    expect(loop.maxDelayMs).toBe(30)
    expect(loop.check()).toBe(true)
  })

  it('that is over with nothing left lets the event loop in as well', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    loop.left = 1
    loop.schedule(task('a', () => void (state.now += 5)))
    expect(state.turns).toHaveLength(1)
    loop.scheduleSoon(task('b'))
    expect(seen).toEqual(['a'])
    state.turns.shift()?.()

    expect(seen).toEqual(['a', 'b'])
  })
})

describe('items outside of any task', () => {
  it('are spent while the turn lasts, and then a task asks for the next turn, once', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    for (let item = 0; item < 100; item++) expect(loop.spend()).toBe(true)
    state.now += 5
    loop.left = 2
    expect(loop.spend()).toBe(true)
    expect(loop.spend()).toBe(false)
    expect(state.turns).toEqual([])
    loop.schedule(task('a'))
    loop.scheduleSoon(task('b'))
    expect(state.turns).toHaveLength(1)
    expect(seen).toEqual([])
    expect(loop.spend()).toBe(false)
    state.turns.shift()?.()

    expect(seen).toEqual(['a', 'b'])
    expect(loop.spend()).toBe(true)
  })

  it('are left to a task before the start and while tasks run, and then cost nothing', () => {
    const { loop, task } = stepping(0)
    const { left } = loop
    expect(loop.spend()).toBe(false)
    loop.start()
    let inside: boolean | undefined
    loop.schedule(task('a', () => (inside = loop.spend())))

    expect(inside).toBe(false)
    expect(loop.left).toBe(left - 1)
  })

  it('whose turn is over leave the next one to a task that a promise has scheduled as well', () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    loop.left = 1
    state.now += 5
    expect(loop.spend()).toBe(false)
    loop.scheduleSoon(task('a'))

    expect(state.turns).toHaveLength(1)
    state.turns.shift()?.()
    expect(seen).toEqual(['a'])
  })

  it('that end a turn keep what promises have scheduled waiting for the next one', async () => {
    const { loop, seen, task, state } = stepping(0)
    loop.start()
    loop.scheduleSoon(task('soon'))
    loop.left = 1
    state.now += 5
    expect(loop.spend()).toBe(false)
    loop.schedule(task('next'))
    await Promise.resolve()
    await Promise.resolve()
    expect(seen).toEqual([])
    state.turns.shift()?.()

    expect(seen).toEqual(['soon', 'next'])
  })
})
