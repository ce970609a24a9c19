/** 10, 20, 50, 100 ms … 100,000 s (28 hours): 22 steps. */
export const delaySteps: readonly number[] = Array.from({ length: 8 }, (_, decade) => 10 ** (decade + 1))
  .flatMap((ms) => [ms, 2 * ms, 5 * ms])
  .slice(0, 22)

/**
 * The step on which something waits that has `ms` left. A step may be a quarter too long; else it is one that is too
 * short, and what comes back early waits once more. So a bounded number of queues does for every delay.
 */
export function delayStep(ms: number): number {
  let last = delaySteps[0] as number
  for (const step of delaySteps) {
    if (step > ms) return step <= ms * 1.25 ? step : last
    last = step
  }
  return last
}
