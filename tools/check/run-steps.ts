import { execute } from '../execute.ts'

/** One thing that must hold: a command that exits with 0. */
export interface Step {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

export interface Outcome {
  readonly name: string
  readonly passed: boolean
  readonly seconds: number
  /** What it printed. */
  readonly output: string
}

/** Runs `steps` in `cwd`, at most two at a time, each at most five minutes. Calls `report` as each one ends. */
export async function runSteps(
  steps: readonly Step[],
  cwd: string,
  report: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const waiting = [...steps]
  const outcomes: Outcome[] = []
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const started = performance.now()
      const { exitCode, stdout, stderr } = await execute(step.command, step.args, { cwd, withinMs: 300_000 })
      const outcome = {
        name: step.name,
        passed: exitCode === 0,
        seconds: (performance.now() - started) / 1000,
        output: `${stdout}${stderr}`,
      }
      outcomes.push(outcome)
      report(outcome)
    }
  }
  await Promise.all([work(), work()])
  return outcomes
}

/** Prints one line per step, and of a failed one also what it said. */
export function print({ name, passed, seconds, output }: Outcome): void {
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(24)} ${seconds.toFixed(1)} s`)
  if (!passed) console.log(output.trimEnd())
}
