import type { Screen } from './screen.ts'
import { summaryLines, type SummaryInput } from './summary.ts'

const EVERY_MS = 1000
const EVERY_MS_IN_A_LOG = 5000

/** Shows the five lines: every second on a terminal, every five seconds in a log. `read` is called once per picture. */
export function liveSummary(screen: Screen, read: () => Omit<SummaryInput, 'before'>): { stop(): void } {
  let before: SummaryInput['before'] = read().now
  const draw = (): void => {
    const input = read()
    screen.show(summaryLines({ ...input, before }))
    before = input.now
  }
  const timer = setInterval(draw, screen.inPlace ? EVERY_MS : EVERY_MS_IN_A_LOG)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      draw()
    },
  }
}
