import { isForebayError } from '../kernel/errors.ts'
import { difference } from './compare.ts'
import type { Law } from './law-violation.ts'
import type { ProtocolError } from './probe-receiver.ts'
import type { Ended } from './subject.ts'
import { itemsOf } from './subject.ts'
import type { Trial } from './trial.ts'

/** What holds at every quiet moment. */
export function checkNow(trial: Trial): void {
  for (const sink of trial.sinks) for (const { kind, message } of sink.errors) trial.broken(lawOf(kind, trial), message)
  trial.sources.forEach((source, at) => {
    for (const message of source.errors) trial.broken(8, `input ${at}: ${message}`)
    if (source.credit > 0 && source.waiting > 0 && !source.isOver) {
      trial.broken(5, `input ${at} has items and credit, and is not asked`)
    }
  })
  for (const message of trial.bench.errors) trial.broken(8, message)
  for (const message of trial.book.errors) trial.broken(3, message)
  if ((trial.totals?.oversettled ?? 0) > 0)
    trial.broken(3, 'the account of an item was ended more often than it was split')
  checkLedger(trial)
  checkProgress(trial)
}

/** What holds when everything that could be given has been given. */
export function checkEnd(trial: Trial): void {
  checkNow(trial)
  checkCancels(trial)
  checkResults(trial)
  checkOutcome(trial)
}

/** What holds once everything has settled that was still on its way. */
export function checkAfterwards(trial: Trial): void {
  checkNow(trial)
  if (trial.outcome === undefined) return trial.broken(6, 'the run never tells how it ended')
  const { ledger } = trial.run.inspect()
  if (ledger.inFlight !== 0) trial.broken(3, `the run is over, and ${ledger.inFlight} items are in flight`)
  const { shape, sinks } = trial
  if (shape.inputs === 0 && sinks.length === 1 && !trial.hasExploded && ledger.out !== sinks[0]?.received.length) {
    trial.broken(3, `${sinks[0]?.received.length} items came out, the ledger says ${ledger.out}`)
  }
  if (trial.bench.isOpen.length > 0) trial.broken(8, `left open: ${trial.bench.isOpen.join()}`)
  if (trial.schedule.contexts) checkAccounts(trial)
}

function lawOf(kind: ProtocolError['kind'], trial: Trial): Law {
  if (kind === 'credit') return trial.isAdvancing ? 7 : 1
  if (kind === 'terminal') return 6
  return kind === 'depth' ? 12 : 8
}

function checkLedger(trial: Trial): void {
  const snapshot = trial.run.inspect()
  const { ledger, edges, stages } = snapshot
  if (!snapshot.balanced) {
    trial.broken(3, `the ledger does not balance: ${JSON.stringify(ledger)}`)
    return
  }
  const handed = trial.sources.reduce((sum, source) => sum + source.handed, 0)
  if (trial.shape.inputs > 0 && ledger.in !== handed) {
    trial.broken(3, `${handed} items were handed over, the ledger knows of ${ledger.in}`)
  }
  for (const { name, length, capacity } of edges) {
    if (capacity > 0 && length > capacity) trial.broken(4, `${name} holds ${length} items, its bound is ${capacity}`)
  }
  const held =
    edges.reduce((sum, edge) => sum + (edge.durable ? 0 : edge.length), 0) +
    stages.reduce((sum, stage) => sum + stage.inFlight, 0)
  if (held > trial.bound) trial.broken(4, `it holds ${held} items, declared are ${trial.bound}`)
}

/** One input that has items, one output that wants them, and nothing else to wait for. */
function checkProgress(trial: Trial): void {
  const { shape, sources, sinks } = trial
  if (shape.inputs !== 1 || shape.outputs !== 1 || trial.isWaiting) return
  const source = sources[0]
  const sink = sinks[0]
  if (source === undefined || sink === undefined || source.isOver || sink.state !== 'open') return
  if (source.waiting > 0 && sink.outstanding > 0) {
    const returned = sink.revoke()
    if (returned === sink.outstanding) trial.broken(5, 'there is demand and data, and nothing moves')
    else trial.broken(2, `${sink.outstanding} of the credit granted were not spent, the producer knows of ${returned}`)
  }
}

function checkCancels(trial: Trial): void {
  const { sources, sinks, bench, run } = trial
  const isCancelled = run.inspect().state === 'cancelled' || sinks.some((sink) => sink.state === 'cancelled')
  sources.forEach((source, at) => {
    if (!source.isOver) trial.broken(8, `everything is over, and input ${at} was not told`)
    if (!isCancelled || source.cancels.length === 0 || sinks.some((sink) => sink.state === 'completed')) return
    if (!trial.hasExploded && !hasStopped(trial) && trial.shape.inputs === 1 && source.cancels[0] !== trial.reason) {
      trial.broken(8, `input ${at} was cancelled with another reason: ${String(source.cancels[0])}`)
    }
  })
  if (bench.untold > 0) trial.broken(8, `${bench.untold} pieces of work in flight were not told`)
}

/** How the subject should have ended, and with what. */
function expected(trial: Trial): readonly Ended[] {
  const { shape, schedule, sources } = trial
  const isDrained = sources.some((source) => source.isStopped)
  const inputs = schedule.inputs.map(({ items }, at) => (isDrained ? trial.handed(at) : itemsOf(at, items)))
  const exploded = trial.hasExploded && schedule.bomb?.where === 'above'
  if (exploded && shape.inputs === 1) inputs[0] = itemsOf(0, (schedule.bomb?.at ?? 1) - 1)
  const failing = schedule.inputs.some(
    ({ ends }, at) => ends === 'fail' && sources[at]?.isEnding === true && sources[at]?.cancels.length === 0,
  )
  if (hasStopped(trial)) return shape.results(inputs).map((items) => ({ items, ends: 'failed' }))
  if ((failing && !isDrained) || exploded || (shape.fails && !isDrained)) {
    if (shape.failed !== undefined) return [shape.failed(inputs[0] ?? [])]
    return shape.results(inputs).map((items) => ({ items, ends: 'failed' }))
  }
  return shape.results(inputs).map((items) => ({ items, ends: 'completed' }))
}

/** The subject has failed by itself. */
function hasStopped({ shape, sources }: Trial): boolean {
  return shape.stopsAt !== undefined && (sources[0]?.handed ?? 0) >= shape.stopsAt
}

function checkResults(trial: Trial): void {
  const { shape, schedule, sinks } = trial
  if (shape.outputs === 0) return
  const ends = expected(trial)
  const isSharp = shape.inputs < 2 && shape.outputs === 1
  sinks.forEach((sink, at) => {
    const { items, ends: end } = ends[at] as Ended
    const brokenBelow = trial.hasExploded && schedule.bomb?.where === 'below'
    const isCut = sink.state === 'cancelled' || schedule.finish.startsWith('cancel') || brokenBelow
    const isLoose =
      (!isSharp || shape.cutByFailure === true) &&
      (end === 'failed' || trial.hasExploded || schedule.finish === 'drain')
    const isLossy = shape.rate === true || lost(trial) > 0
    const isSource = shape.inputs === 0 && schedule.finish === 'drain'
    const strictness = isLossy || isLoose ? 'some' : isCut || isSource ? 'prefix' : 'all'
    const different = difference(shape, sink.received, items, strictness)
    if (different !== undefined) trial.broken(shape.rate === true ? 3 : 11, `output ${at}: ${different}`)
    else if (isSharp && !isCut && !isSource && !isLoose && shape.rate !== true)
      checkMissing(trial, sink.received, items)
    if (isCut || isSource) return
    if (isSharp && sink.state !== end) trial.broken(6, `output ${at} has ${sink.state}, it should have ${end}`)
    if (isSharp && end === 'failed' && shape.failed === undefined && !shape.fails && !hasStopped(trial))
      checkError(trial, sink.error)
  })
}

/** What may be lost is lost with a reason: each result that is missing has been counted. */
function checkMissing(trial: Trial, received: readonly unknown[], items: readonly unknown[]): void {
  const { view = (results: readonly unknown[]) => results } = trial.shape
  const missing = view(items).length - view(received).length
  const counted = lost(trial)
  if (missing > counted) trial.broken(3, `${missing} results are missing, and ${counted} items are known to be lost`)
}

function checkError(trial: Trial, error: unknown): void {
  const wanted = trial.hasExploded ? trial.bomb : trial.failures[0]
  if (error !== wanted) trial.broken(6, `it failed with ${String(error)} instead of ${String(wanted)}`)
}

function lost(trial: Trial): number {
  const { dropped } = trial.run.inspect().ledger
  const may = trial.shape.loses ?? []
  let count = 0
  for (const [reason, items] of Object.entries(dropped)) {
    if (reason !== 'cancelled') count += items
    if (!may.includes(reason) && !isRough(trial)) trial.broken(3, `${items} items were lost, reason ${reason}`)
  }
  return count
}

/** Something was cancelled or has failed, so that items may be given up on the way. */
function isRough(trial: Trial): boolean {
  return (
    trial.hasExploded ||
    hasStopped(trial) ||
    trial.schedule.finish.startsWith('cancel') ||
    trial.schedule.inputs.some(({ ends }) => ends === 'fail') ||
    trial.shape.fails ||
    trial.sinks.some((sink) => sink.state === 'cancelled' || sink.state === 'failed')
  )
}

/** How the run itself has ended. */
function checkOutcome(trial: Trial): void {
  const { outcome, schedule, shape } = trial
  if (outcome === undefined) return trial.broken(6, 'the run does not tell how it ended')
  if (schedule.finish === 'cancel-run' || (schedule.finish === 'cancel' && shape.outputs === 0)) {
    if (outcome.ok || !isForebayError(outcome.value, 'FOREBAY_CANCELLED')) {
      const isOver = trial.sinks.length > 0 && trial.sinks.every((sink) => sink.state !== 'open')
      if (!isOver && !trial.wasOver && !trial.hasExploded)
        trial.broken(8, `a cancelled run ended with ${String(outcome.value)}`)
    }
    return
  }
  if (shape.outputs > 0) return
  const [{ items, ends }] = expected(trial) as [Ended]
  if (ends === 'failed') {
    if (outcome.ok) trial.broken(6, 'the run completed though its input failed')
    else checkError(trial, outcome.value)
    return
  }
  if (!outcome.ok) return trial.broken(6, `the run failed with ${String(outcome.value)}`)
  const different = difference(shape, [outcome.value], items, 'all')
  if (different !== undefined) trial.broken(11, different)
}

/** Every item that was handed over has ended, in a way that fits. */
function checkAccounts(trial: Trial): void {
  const { book, shape, sinks } = trial
  const handed = trial.sources.flatMap((_, at) => trial.handed(at))
  const open = handed.filter((id) => !book.isSettled(id))
  if (open.length > 0) return trial.broken(3, `the accounts of items ${open.join()} were never ended`)
  if (shape.from === undefined || isRough(trial)) return
  const delivered = new Set(sinks.flatMap((sink) => sink.received.flatMap((result) => shape.from?.(result) ?? [])))
  for (const id of handed) {
    const end = book.entries.get(id)?.ends[0]
    const isDelivered = delivered.has(id)
    if (isDelivered === (end?.outcome === 'done')) continue
    const account = `its account says ${String(end?.outcome)} ${String(end?.reason)}`
    trial.broken(14, `item ${id} was ${isDelivered ? '' : 'not '}delivered, ${account}`)
  }
}
