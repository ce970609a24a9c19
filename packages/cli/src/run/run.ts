import { resolve } from 'node:path'
import { openStore, type StoreUrl } from '@forebay/connectors'
import { serveConsole, type ConsoleSource, type Pane, type RunningConsole } from '@forebay/console'
import type { Run } from 'forebay'
import { alerts, metricsText, sampler, type Sampler, type VerdictSpan } from 'forebay/observe'
import { webhook } from 'forebay/node'
import { durableStore, type Store } from 'forebay/queue'
import { EXIT, UsageError } from '../exit-codes.ts'
import { loadFlowFile, type FlowFile } from '../flow-file.ts'
import { liveSummary } from './live-summary.ts'
import { watchMemory } from './memory-peak.ts'
import { runOptions, type RunCommandOptions } from './options.ts'
import { onSignals } from './signals.ts'

/** An incident of ten seconds is to be named while it lasts: verdicts look back on less than half of that, and stand after two. */
const VERDICTS = { window: '4s', hold: '2s' } as const

/** `forebay run FILE`: runs a flow with its durable store, console, metrics and alerts, until it ends or is told to. */
export async function runCommand(argv: string[]): Promise<number> {
  const options = runOptions(argv)
  const file = await loadFlowFile(options.file)
  // Before anything runs: a bad address must not leave a flow behind.
  const post = options.webhook === undefined ? undefined : hook(options.webhook)
  const memory = watchMemory()
  const store = await openStoreFor(file, options)
  const startedAt = performance.now()
  const elapsedMs = (): number => performance.now() - startedAt
  const run = file.program.run({
    ...(store !== undefined && { store: durableStore(store) }),
    ...(options.memoryBytes !== undefined && { memory: options.memoryBytes }),
  })
  const ended = run.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  const samples = sampler([run], VERDICTS)
  const stopNotes = file.beside.onNote?.((text) => {
    log(text)
    samples.mark({ kind: 'incident', level: 'info', text, run: run.id })
  })
  const watch = alerts(samples, { log, ...(post !== undefined && { post }) })
  const page = await openConsole(options, samples, file)
  if (page !== undefined) log(`console  ${page.url}`)
  const summary = options.quiet
    ? undefined
    : liveSummary(() => ({
        now: run.inspect(),
        verdict: samples.why()[0] ?? run.why(),
        elapsedMs: elapsedMs(),
        anonBytes: memory.now(),
        url: page?.url,
      }))
  const drain = drainer(run, options)
  const signals = onSignals(drain, () => run.cancel('interrupted'), log)
  const timer = options.forMs === undefined ? undefined : setTimeout(drain, options.forMs)
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
  stopNotes?.()
  await post?.close()
  await page?.close()
  await store?.close()
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
  if (failed === undefined) return EXIT.ok
  const { error } = failed
  log(`${flow} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  return EXIT.failed
}

function hook(url: string): ReturnType<typeof webhook> {
  try {
    return webhook(url)
  } catch {
    throw new UsageError(`--webhook: expected an http: or https: address, got '${url}'`)
  }
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** What was said last while the flow ran; that it is done says nothing about it. */
function lastFinding(verdicts: readonly VerdictSpan[]): VerdictSpan | undefined {
  return verdicts.findLast(({ kind }) => kind !== 'done')
}

/** Ends the sources once, lets everything flow out, and gives durable edges a bounded time to empty. */
function drainer(run: Run, options: RunCommandOptions): () => void {
  let started = false
  return () => {
    if (started) return
    started = true
    log(`draining ${run.name}, at most ${options.drainMs / 1000} s`)
    run.drain({ within: options.drainMs }).catch((error: unknown) => log(String(error)))
  }
}

async function openStoreFor(file: FlowFile, options: RunCommandOptions): Promise<Store | undefined> {
  const { program } = file
  if (!program.explain().parts.some(({ durable }) => durable)) return undefined
  const name = program.plan.name.replaceAll(/[^\w-]/g, '_')
  return openStore((options.store ?? file.store ?? `disk:${resolve('.forebay', name)}`) as StoreUrl)
}

async function openConsole(
  options: RunCommandOptions,
  samples: Sampler,
  file: FlowFile,
): Promise<RunningConsole | undefined> {
  if (options.console === undefined) return undefined
  const source: ConsoleSource = {
    snapshots: () => samples.snapshots(),
    why: () => samples.why(),
    subscribe: (listener) => samples.subscribe(listener),
    history: () => samples.history(),
    marks: () => samples.marks(),
    extra: () => (file.beside.panes?.() ?? []) as readonly Pane[],
  }
  return serveConsole(source, {
    port: options.console,
    allowWrite: options.allowWrite,
    metrics: () => metricsText(samples.snapshots()),
  })
}
