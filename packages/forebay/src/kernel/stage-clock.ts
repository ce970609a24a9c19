import type { Clock } from './clock.ts'

/** `clock` for one stage, which counts the timers that are set: whoever looks at it then knows that it may act by itself. */
export function stageClock(clock: Clock, stage: { timers: number }): Clock {
  return {
    now: () => clock.now(),
    wall: () => clock.wall(),
    yield: (callback) => clock.yield(callback),
    frame: (callback) => clock.frame(callback),
    after: (ms, callback) => {
      let left = 1
      const over = (): void => {
        stage.timers -= left
        left = 0
        stop()
      }
      stage.timers++
      const stop = clock.after(ms, () => {
        over()
        callback()
      })
      return over
    },
  }
}
