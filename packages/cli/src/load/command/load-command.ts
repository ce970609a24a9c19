import { writeFile } from 'node:fs/promises'
import { EXIT } from '../../errors/exit-codes.ts'
import { Screen } from '../../run/screen.ts'
import { onSignals } from '../../run/signals.ts'
import { load } from '../drive/load.ts'
import type { LoadResult } from '../drive/result.ts'
import { unmet } from '../report/expect.ts'
import { report } from '../report/report.ts'
import { loadOptions, usage } from './options.ts'
import { progress } from './progress.ts'

/** What is in flight at the first Ctrl-C may take so long to end. */
const LAST_ANSWERS_MS = 2000

/** `forebay load URL`: plays a plan against a service, and says what became of every request. */
export async function loadCommand(args: string[]): Promise<number> {
  const { plan, expectations, outs, json, quiet } = await loadOptions(args)
  const run = usage(() => load(plan))
  const screen = new Screen(process.stderr, process.stdout, process.env['TERM'] === 'dumb')
  const shown = quiet ? undefined : progress(screen, run)
  const signals = onSignals(
    () => run.stop(LAST_ANSWERS_MS),
    () => run.stop(0),
  )
  const result = await run.done
  signals.stop()
  shown?.stop()
  for (const { path, format } of outs) await writeFile(path, format(result))
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : report(result))
  const misses = unmet(expectations, result)
  for (const miss of misses) screen.log(`not as expected: ${miss}`)
  if (isUnreachable(result)) {
    screen.log(`FOREBAY_UNAVAILABLE: nothing at ${result.url} has answered`)
    return EXIT.unreachable
  }
  if (misses.length > 0) return EXIT.checkNotMet
  return signals.wasAborted() ? EXIT.interrupted : EXIT.ok
}

/** Requests were sent, and not one of them had an answer or was only slow. */
function isUnreachable({ answers, total }: LoadResult): boolean {
  const names = Object.keys(answers)
  return total.sent > 0 && names.length > 0 && names.every((name) => name !== 'timeout' && !/^\d{3}$/.test(name))
}
