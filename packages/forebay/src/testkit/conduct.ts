import { UNBOUNDED } from '../kernel/receiver.ts'
import { checkAfterwards, checkEnd, checkNow } from './checks.ts'
import type { ProbeReceiver } from './probe-receiver.ts'
import type { Step } from './schedule.ts'
import type { Trial } from './trial.ts'
import { settled } from './virtual-clock.ts'
import { waitGraph } from './wait-graph.ts'

/** More rounds than any schedule needs: past it a subject is taken to run for ever. */
const MAX_ROUNDS = 5000

/** So long a lazy consumer waits for the world to stand still, in ms and in timers; what ticks for ever is then asked all the same. */
const MAX_WAIT_MS = 2000
const MAX_WAIT = 40

/** Runs a trial from its start to its end. What went wrong is in `trial.finding`. */
export async function conduct(trial: Trial): Promise<void> {
  trial.start()
  await begin(trial)
  await finish(trial)
}

/** The steps of the schedule. */
export async function begin(trial: Trial): Promise<void> {
  await trial.quiet()
  checkNow(trial)
  for (const step of trial.schedule.steps) {
    if (trial.finding !== undefined) return
    trial.enter()
    await take(trial, step)
    await trial.quiet()
    checkNow(trial)
  }
}

/** Brings the trial to its end and looks at what it leaves behind. */
export async function finish(trial: Trial): Promise<void> {
  if (trial.finding === undefined) await end(trial)
  if (trial.finding === undefined) checkEnd(trial)
  await afterwards(trial)
  if (trial.finding === undefined) checkAfterwards(trial)
  trial.run.cancel('the trial is over')
}

async function take(trial: Trial, step: Step): Promise<void> {
  if (step.do === 'send') trial.send(step.at, step.count)
  else if (step.do === 'end') trial.end(step.at)
  else if (step.do === 'request') trial.sinks[step.at]?.request(step.count)
  else if (step.do === 'revoke') revoke(trial, trial.sinks[step.at])
  else {
    trial.isAdvancing = true
    await trial.clock.advance(step.ms)
    trial.isAdvancing = false
  }
}

/** What a producer gives back must be what it was granted and has not spent. */
function revoke(trial: Trial, sink: ProbeReceiver | undefined): void {
  if (sink === undefined || sink.state !== 'open') return
  const returned = sink.revoke()
  const { outstanding } = sink
  const isAlike = outstanding >= UNBOUNDED >> 2 ? returned >= UNBOUNDED >> 3 : returned === outstanding
  if (!isAlike) trial.broken(2, `${outstanding} of the credit granted were not spent, and ${returned} came back`)
  sink.outstanding = 0
}

async function end(trial: Trial): Promise<void> {
  trial.enter()
  const { finish: how } = trial.schedule
  trial.wasOver = trial.outcome !== undefined
  if (how === 'cancel') {
    for (const sink of trial.sinks) {
      sink.cancel(trial.reason)
      sink.cancel('again')
    }
    if (trial.shape.outputs === 0) trial.run.cancel(trial.reason)
    await trial.quiet()
    // What side branches take still flows.
    return trial.hasSides ? supply(trial, true) : undefined
  }
  if (how === 'cancel-run') {
    trial.run.cancel(trial.reason)
    return trial.quiet()
  }
  if (how === 'drain') trial.run.drain().catch(() => {})
  await supply(trial, how === 'supply')
}

/** Gives everything that is asked for, in turns: data, demand, time. Nothing left to give and no end is a stall. */
async function supply(trial: Trial, withData: boolean): Promise<void> {
  let waited = 0
  let patience = trial.clock.now() + MAX_WAIT_MS
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await trial.quiet()
    checkNow(trial)
    if (trial.finding !== undefined || isOver(trial)) return
    if (withData && giveData(trial)) continue
    const isPatient = trial.schedule.lazy && waited++ < MAX_WAIT && (trial.clock.nextAt ?? Infinity) <= patience
    if (isPatient && (await passTime(trial))) continue
    waited = 0
    patience = trial.clock.now() + MAX_WAIT_MS
    if (giveDemand(trial)) continue
    if (trial.finding !== undefined) return
    if (!(await passTime(trial))) return stalled(trial)
  }
  trial.broken(5, `it did not end in ${MAX_ROUNDS} rounds`)
}

/** Jumps to whatever is due next; false when nothing is. */
async function passTime(trial: Trial): Promise<boolean> {
  trial.isAdvancing = true
  const moved = trial.isWaiting && trial.clock.step()
  await settled()
  trial.isAdvancing = false
  return moved
}

function isOver(trial: Trial): boolean {
  return trial.sinks.every((sink) => sink.state !== 'open') && trial.outcome !== undefined
}

function giveData(trial: Trial): boolean {
  const waiting = trial.sources.findIndex((source) => !source.isOver && !source.isEnding)
  if (waiting < 0) return false
  trial.end(waiting)
  return true
}

function giveDemand(trial: Trial): boolean {
  const hungry = trial.sinks.filter((sink) => sink.state === 'open' && sink.outstanding <= 0 && sink.inTransit === 0)
  if (hungry.length === 0) return false
  checkEndNeedsNoDemand(trial)
  for (const sink of hungry) sink.request(trial.schedule.gulp)
  return true
}

/** Every input is over, nothing is inside and nothing is going on: the end must have come by itself. */
function checkEndNeedsNoDemand(trial: Trial): void {
  const { shape, book, schedule } = trial
  if (shape.endNeedsDemand === true || trial.isWaiting) return
  if (trial.sources.some((source) => !source.isOver || source.waiting > 0)) return
  const { edges, stages } = trial.run.inspect()
  // What a durable edge holds belongs to its store, and the accounts above it have ended.
  if (edges.some(({ length }) => length > 0)) return
  // An item that a filter below would leave out changes no count of results, and still waits for demand.
  if (stages.some(({ inFlight }) => inFlight > 0)) return
  const isEmpty =
    schedule.contexts && shape.inputs > 0
      ? book.open === 0
      : shape.loses === undefined &&
        shape.rate !== true &&
        shape.inputs < 2 &&
        shape.view === undefined &&
        trial.sinks.length === 1 &&
        schedule.bomb === undefined &&
        !hasFailed(trial) &&
        trial.sinks[0]?.received.length === shape.results([trial.handed(0)])[0]?.length
  if (!isEmpty) return
  const open = trial.sinks.findIndex((sink) => sink.state === 'open')
  if (open >= 0) trial.broken(6, `output ${open} waits for demand before it tells its end, though nothing is held`)
}

function hasFailed(trial: Trial): boolean {
  return trial.schedule.inputs.some(({ ends }) => ends === 'fail')
}

/** All that could be given has been given, and it has not ended. */
function stalled(trial: Trial): void {
  for (const [at, sink] of trial.sinks.entries()) {
    if (sink.state !== 'open') continue
    const { outstanding } = sink
    const returned = sink.revoke()
    if (outstanding < UNBOUNDED >> 2 && returned !== outstanding) {
      trial.broken(
        2,
        `output ${at} was granted ${outstanding} more than it received, the producer knows of ${returned}`,
      )
    }
  }
  const open = trial.sinks.findIndex((sink) => sink.state === 'open')
  const who = open < 0 ? 'the run does not end' : `output ${open} waits`
  trial.broken(5, `${who} though there is data, demand and time\n${waitGraph(trial.run.inspect())}`)
}

/** Lets everything happen that is still to come; nothing should. */
async function afterwards(trial: Trial): Promise<void> {
  trial.enter()
  await trial.quiet()
  const left = trial.clock.pending - trial.bench.timers
  if (left > 0 && trial.outcome !== undefined) trial.broken(8, `${left} timers are left behind`)
  for (let round = 0; round < 200 && trial.clock.step(); round++) await settled()
  await settled()
}
