import { isForebayError, type Run } from 'forebay'
import { alerts, observeGates, refuseDeadlocks, sampler, type FlowLedger, type VerdictSpan } from 'forebay/observe'
import { webhook, type Webhook } from 'forebay/node'
import { durableStore, type Store } from 'forebay/queue'
import type { Beside } from '../beside.ts'
import { errorText } from '../errors/error-text.ts'
import { EXIT, UsageError } from '../errors/exit-codes.ts'
import { loadFlowFile, type FlowFile } from '../flow-file.ts'
import { liveSummary } from './live-summary.ts'
import { watchMemory } from './memory-peak.ts'
import { openConsole } from './open-console.ts'
import { openStoreFor } from './open-store.ts'
import { runOptions, type RunCommandOptions } from './options.ts'
import { Screen } from './screen.ts'
import { onSignals } from './signals.ts'

/** An incident of ten seconds is to be named while it lasts: verdicts look back on less than half of that, and stand after two. */
const VERDICTS = { window: '4s', hold: '2s' } as const

/** `forebay run FILE`: runs a flow with its durable store, console, metrics and alerts, until it ends or is told to. */
export async function runCommand(argv: string[], withStack: boolean): Promise<number> {
  const options = runOptions(argv)
  const file = await loadFlowFile(options.file)
  refuseDeadlocks(file.program)
  // Before anything runs: a bad address must not leave a flow behind.
  const screen = new Screen(process.stderr, process.stdout, process.env['TERM'] === 'dumb')
  const log = (line: string): void => screen.log(line)
  const post = options.webhook === undefined ? undefined : hook(options.webhook, log)
  const store = await openStoreFor(file, options.store)
  try {
    return await play(file, options, { store, post, screen, log }, withStack)
  } finally {
    await post?.close()
    await store?.close()
  }
}

/** What a run is given, and outlives it. */
interface Around {
  readonly store: Store | undefined
  readonly post: Webhook | undefined
  readonly screen: Screen
  readonly log: (line: string) => void
}

async function play(
  { program, beside }: FlowFile,
  options: RunCommandOptions,
  { store, post, screen, log }: Around,
  withStack: boolean,
): Promise<number> {
  const memory = watchMemory()
  const startedAt = performance.now()
  const elapsedMs = (): number => performance.now() - startedAt
  const run = program.run({
    ...(store !== undefined && { store: durableStore(store) }),
    ...(options.memoryBytes !== undefined && { memory: options.memoryBytes }),
  })
  const ended = run.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const gates = observeGates(beside.gates ?? [])
  const samples = sampler([run], VERDICTS)
  const stopNotes = beside.onNote?.((text) => {
    log(text)
    samples.mark({ kind: 'incident', level: 'info', text, run: run.id })
  })
  const watch = alerts(samples, { log, ...(post !== undefined && { post }) })
  const page = await openConsole(options, samples, beside, store, log).catch(async (error: unknown) => {
    run.cancel(error)
    await ended
    throw error
  })
  const summary = options.quiet
    ? undefined
    : liveSummary(screen, () => ({
        now: run.inspect(),
        verdict: samples.why()[0],
        elapsedMs: elapsedMs(),
        anonBytes: memory.now(),
        url: page?.url,
      }))
  const drain = drainer(run, beside, options.drainMs, log)
  const signals = onSignals(
    () => drain('; once more to abort'),
    () => run.cancel('interrupted'),
  )
  const timer = options.forMs === undefined ? undefined : setTimeout(drain, options.forMs, '')
  const failed = await ended
  clearTimeout(timer)
  signals.stop()
  summary?.stop()
  samples.sample()
  const { flow, ledger, balanced } = run.inspect()
  const verdicts = samples.verdicts()
  // A closed store cannot be looked at any more.
  const verdict = lastFinding(verdicts) ?? run.why()
  watch.stop()
  samples.stop()
  gates.stop()
  stopNotes?.()
  await page?.close()
  const result = {
    flow,
    elapsedMs: Math.round(elapsedMs()),
    ledger,
    balanced,
    memory: memory.stop(),
    verdict,
    verdicts,
  }
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  if (signals.wasAborted()) return EXIT.interrupted
  const hasFailed = failed !== undefined && !isKept(failed.error, ledger)
  if (hasFailed) log(`${flow} failed: ${errorText(failed.error, withStack)}`)
  else if (ledger.carriedOut > 0) log(`${ledger.carriedOut.toLocaleString('en')} of its records wait for the next run`)
  const besides = beside.failures?.() ?? []
  for (const failure of besides) log(`beside ${flow}: ${failure}`)
  return hasFailed || besides.length > 0 ? EXIT.failed : EXIT.ok
}

function hook(url: string, log: (line: string) => void): Webhook {
  try {
    return webhook(url, { log })
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/^url:/, '--webhook:'))
  }
}

/** The time for draining was over, and durable edges took everything back: that is what they are for. */
function isKept(error: unknown, ledger: FlowLedger): boolean {
  return (
    isForebayError(error, 'FOREBAY_DRAIN_TIMEOUT') && ledger.carriedOut > 0 && ledger.dropped['cancelled'] === undefined
  )
}

/** What was said last while the flow ran; that it is done says nothing about it. */
function lastFinding(verdicts: readonly VerdictSpan[]): VerdictSpan | undefined {
  return verdicts.findLast(({ kind }) => kind !== 'done')
}

/** Ends the sources once, lets everything flow out, and gives durable edges a bounded time to empty. */
function drainer(run: Run, beside: Beside, drainMs: number, log: (line: string) => void): (hint: string) => void {
  let isDraining = false
  return (hint) => {
    if (isDraining) return
    isDraining = true
    log(`draining ${run.name}, at most ${drainMs / 1000} s${hint}`)
    beside.drain?.()
    run.drain({ within: drainMs }).catch((error: unknown) => log(String(error)))
  }
}
