import { summaryLines, type SummaryInput } from './summary.ts'

const EVERY_MS = 1000
const EVERY_MS_IN_A_LOG = 5000

/**
 * Shows the five lines on stderr: redrawn in place on a terminal, a block every five seconds in a log.
 * `read` is called once per picture.
 */
export function liveSummary(read: () => Omit<SummaryInput, 'before'>): { stop(): void } {
  const { stderr } = process
  const inPlace = stderr.isTTY && process.env['TERM'] !== 'dumb'
  let before: SummaryInput['before']
  let drawn = 0
  const draw = (): void => {
    const input = read()
    const width = Math.max(20, (stderr.columns ?? 200) - 1)
    const lines = summaryLines({ ...input, before }).map((line) => (inPlace ? line.slice(0, width) : line))
    before = input.now
    const up = inPlace && drawn > 0 ? `\u001b[${drawn}A` : ''
    stderr.write(`${up}${lines.map((line) => (inPlace ? `\u001b[2K${line}` : line)).join('\n')}\n`)
    drawn = lines.length
  }
  const timer = setInterval(draw, inPlace ? EVERY_MS : EVERY_MS_IN_A_LOG)
  timer.unref()
  return {
    stop: () => {
      clearInterval(timer)
      draw()
    },
  }
}
