import type { ErrorCode } from '../errors.ts'
import type { Snapshot } from '../snapshot.ts'
import { ms } from '../verdict/sentence.ts'
import type { WaitFor } from './waits.ts'
import { whoWaits, type Cause, type RingMember, type WaitGraph } from './who-waits.ts'

/** Why nothing moves. Plain data. */
export interface StallReport {
  readonly code: Extract<ErrorCode, 'FOREBAY_DEADLOCK' | 'FOREBAY_STALL'>
  readonly flow: string
  readonly run: string
  readonly at: number
  /** Plain English: the first ring, or the stage that holds up the others, with what it waits for, since when, and where it was written. */
  readonly sentence: string
  /** The sentences of all rings and causes, the worst first. */
  readonly sentences: readonly string[]
  readonly graph: WaitGraph
}

/**
 * Says why a flow stands still: the ring of stages that wait for each other, or else the stages that everybody waits
 * for in the end, each with its reason, since when, and where it was written (`recordSites`). Nothing when nobody
 * waits. It takes the snapshot as one of a flow that does not move; whether it does, two snapshots tell. `graph` is what
 * to tell of it; default all.
 */
export function stallReport(snapshot: Snapshot, graph: WaitGraph = whoWaits(snapshot)): StallReport | undefined {
  const { flow, run, at, rings, causes } = graph
  const sentences = [...rings.map(ringSentence), ...causes.map((cause) => causeSentence(cause, snapshot))]
  const [sentence] = sentences
  if (sentence === undefined) return undefined
  const code = rings.length > 0 ? 'FOREBAY_DEADLOCK' : 'FOREBAY_STALL'
  return { code, flow, run, at, sentence, sentences, graph }
}

/** A ring in words. */
export function ringSentence(ring: readonly RingMember[]): string {
  const steps = ring.map((member, index) => {
    const next = ring[(index + 1) % ring.length] as RingMember
    return `${named(member)} waits for ${wanted(member)} ${next.name}`
  })
  const still = Math.min(...ring.map(({ stillMs }) => stillMs ?? Infinity))
  const age = still === Infinity || still === 0 ? '' : ` for ${ms(still)}`
  return `deadlock: ${steps.join(', ')}; nobody else can move them, and nothing has moved${age}.${cure(ring)}`
}

/** A cause in words. */
export function causeSentence(cause: Cause, snapshot: Snapshot): string {
  const { stillMs = 0, holdsUp } = cause
  const age = stillMs > 0 ? ` for ${ms(stillMs)}` : ''
  const waiting = namesOf(holdsUp, snapshot)
  const held = waiting === '' ? '' : `; ${waiting} wait${holdsUp.length === 1 ? 's' : ''} for it`
  return `${named(cause)} ${why(cause, snapshot)}${age}${held}.`
}

function why({ reason, slots, held, gates }: Cause, snapshot: Snapshot): string {
  switch (reason) {
    case 'work':
      return `works on ${count(slots, 'item')} and has not ended any`
    case 'permit': {
      const names = snapshot.gates.filter(({ id }) => gates.includes(id)).map(({ name }) => name)
      return names.length === 0 ? 'waits for its next attempt' : `waits for a permit of ${names.join(', ')}`
    }
    case 'timer':
      return held > 0 ? `holds ${count(held, 'item')} and waits for its timer` : 'waits for its timer'
    case 'input':
      return 'was asked for items and has given none'
    case 'store':
      return 'gets none of the items that its durable edge holds: they are delayed or leased'
    case 'memory': {
      const { budget = 'the run', largest } = snapshot.memory.share ?? {}
      return `waits for memory of ${budget}${largest === undefined ? '' : `, of which ${largest.name} holds most`}`
    }
    case 'end':
      return 'has got everything and has not ended'
    default:
      return 'takes nothing'
  }
}

function wanted(member: RingMember): string {
  const by: Partial<Record<WaitFor, string>> = {
    items: 'an item of',
    credit: 'credit of',
    room: `room at ${member.edge ?? 'a part'}, which is full, of`,
    memory: `memory that ${member.edge ?? 'an edge'} holds for`,
  }
  return by[member.for] ?? ''
}

/** Where room would break a ring: the first edge at which somebody is held back. */
function cure(ring: readonly RingMember[]): string {
  const held = ring.find((member) => member.for === 'credit' || member.for === 'room')
  if (ring.some((member) => member.for === 'memory')) return ' Give the run more memory, or the two ways less to hold.'
  if (held?.edge === undefined) return ''
  return ` Give ${held.edge} as much room as the two ways may differ by, or a policy that drops.`
}

/** `name (src/app.ts:3:1)`. */
function named({ name, site }: { readonly name: string; readonly site?: string }): string {
  return site === undefined ? name : `${name} (${site})`
}

/** `a, b and 3 more`, in the order given. */
function namesOf(ids: readonly string[], { stages }: Snapshot): string {
  const byId = new Map(stages.map(({ id, name }) => [id, name]))
  const names = ids.map((id) => byId.get(id) ?? id)
  const rest = names.length > 3 ? names.length - 2 : 0
  const shown = rest > 0 ? names.slice(0, 2) : names
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

function count(items: number, what: string): string {
  return `${items} ${what}${items === 1 ? '' : 's'}`
}
