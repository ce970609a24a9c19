import { ForebayError } from '../errors.ts'
import { inputsOf, type JunctionNode, type Plan, type PlanNode } from '../plan.ts'
import { Ways, type Way } from './ways.ts'

/** A place where a flow parts and comes together again, in which its ways can wait for each other for good. */
export interface PlanDeadlock {
  /** Whether every flow with more items than `room` stops there; else it depends on the items. */
  readonly isCertain: boolean
  /** The junctions where the flow parts and where its ways meet, by name. */
  readonly parts: string
  readonly meets: string
  /** The way that gives nothing yet, and the one that is full meanwhile: the names of what lies on them. */
  readonly waiting: readonly string[]
  readonly full: readonly string[]
  /** Items that the full way holds at most, and those that the other takes before it gives one. */
  readonly room: number
  readonly needs: number
  readonly sentence: string
  readonly site?: string
}

/** Junctions that take one item of every way at a time. */
const IN_STEP: ReadonlySet<string> = new Set(['zip', 'zipWith', 'zipAll', 'mergeSorted', 'mergeSequence', 'interleave'])
/** Those that give every item to every way; with others a way gets only some. */
const GIVES_ALL: ReadonlySet<string> = new Set(['broadcast', 'wiretap'])
/** Told at most. */
const MAX_FOUND = 16

/**
 * Ways of one flow that can wait for each other for good, found before anything runs: one takes more items before it
 * gives any than the other can hold. `zip` and what takes items in step needs all of them at once; `concat` reads one
 * to its end before the next. Ways that are lossy, durable or unbounded never hold the others back.
 *
 * Certain ones first. A flow with fewer items than `room` gets through even there.
 */
export function deadlocksOf({ plan }: { readonly plan: Plan }): PlanDeadlock[] {
  return deadlocksAbove(plan.sinks)
}

/** The same for a piece of a plan, by the nodes that it ends in. */
function deadlocksAbove(ends: readonly PlanNode[]): PlanDeadlock[] {
  const ways = new Ways()
  const found: PlanDeadlock[] = []
  for (const node of nodesAbove(ends)) {
    if (node.type !== 'junction' || node.inputs.length < 2) continue
    const inputs = node.inputs.map((input) => ways.to(input))
    const isInStep = IN_STEP.has(node.kind)
    if (!isInStep && node.kind !== 'concat') continue
    inputs.forEach((first, at) => {
      inputs.forEach((second, other) => {
        if (at === other || (!isInStep && other < at)) return
        for (const waiting of first) {
          const full = second.find(({ of, index }) => of === waiting.of && index !== waiting.index)
          const risk = full === undefined ? undefined : compared(node, waiting, full, isInStep)
          if (risk !== undefined) found.push(risk)
        }
      })
    })
  }
  return found.toSorted((a, b) => Number(b.isCertain) - Number(a.isCertain)).slice(0, MAX_FOUND)
}

/** Throws `FOREBAY_DEADLOCK` for the first way that is certain to stop the program; see {@link deadlocksOf}. */
export function refuseDeadlocks({ plan }: { readonly plan: Plan }): void {
  refuseDeadlocksAbove(plan.sinks)
}

/** The same for a piece of a plan, by the nodes that it ends in. */
export function refuseDeadlocksAbove(ends: readonly PlanNode[]): void {
  const [first] = deadlocksAbove(ends)
  if (first?.isCertain === true) throw new ForebayError('FOREBAY_DEADLOCK', first.sentence)
}

function nodesAbove(ends: readonly PlanNode[]): ReadonlySet<PlanNode> {
  const found = new Set(ends)
  for (const node of found) for (const input of inputsOf(node)) found.add(input)
  return found
}

function compared(meets: JunctionNode, waiting: Way, full: Way, isInStep: boolean): PlanDeadlock | undefined {
  // What takes items in step has room for one of each input, and one that is read later has none.
  const room = full.room + (isInStep ? full.per : 0)
  if (room === Infinity) return undefined
  const givesAll = GIVES_ALL.has(waiting.of.kind)
  const isSure = givesAll && waiting.isCertain && full.isCertain && !full.drops
  const needs = isInStep ? waiting.needs : Infinity
  const isStuck = needs > room
  // What is behind a junction that has given something may have enough of it.
  const isCertain = isStuck && isSure && (isInStep || room === 0)
  // Later on one way may fall behind the other by any number of items.
  const mayLag = waiting.isLossy && (full.slack > 0 || waiting.needs > 1)
  const mayDrift = waiting.per > full.per || waiting.drops || mayLag || !givesAll
  if (!isStuck && !mayDrift) return undefined
  const ends = { parts: waiting.of.name, meets: meets.name, waiting: waiting.names, full: full.names }
  const sentence = said({ ...ends, room, needs }, isCertain, isInStep, isStuck)
  const { site } = meets
  return { isCertain, ...ends, room, needs, sentence, ...(site !== undefined && { site }) }
}

function said(
  {
    parts,
    meets,
    waiting,
    full,
    room,
    needs,
  }: Pick<PlanDeadlock, 'parts' | 'meets' | 'waiting' | 'full' | 'room' | 'needs'>,
  isCertain: boolean,
  isInStep: boolean,
  isStuck: boolean,
): string {
  const head = isCertain ? 'deadlock' : 'may deadlock'
  const one = way(waiting)
  const other = `${way(full)} holds at most ${room}`
  const cure = needs === Infinity || !isStuck ? 'a policy that drops' : `room for ${needs}, or a policy that drops`
  if (!isInStep) {
    return `${head}: ${meets} reads ${one} of ${parts} to its end before ${way(full)}, which holds at most ${room} items meanwhile. Give it a policy that drops, or merge them.`
  }
  if (!isStuck) {
    return `${head}: ${meets} takes an item of each way of ${parts} at a time, and ${one} does not give as many as the other, of which ${other}. Give it ${cure}.`
  }
  const before = needs === Infinity ? 'gives none before its end' : `takes ${needs} items before it gives one`
  return `${head}: ${meets} takes an item of each way of ${parts} at a time; ${one} ${before}, and ${other}. Give it ${cure}.`
}

function way(names: readonly string[]): string {
  return names.length === 0 ? 'the direct way' : `the way of ${names.join(' · ')}`
}
