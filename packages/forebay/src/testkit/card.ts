import type { Flow } from '../flow/flow.ts'
import type { Program } from '../flow/program.ts'
import { seededRandom } from '../kernel/random.ts'
import { TrialBench, type Bench } from './bench.ts'
import { MarbleRun, type LanesIn, type LanesOut } from './marbles/marble-run.ts'
import { shapeOf, type Subject } from './subject.ts'
import { world, type World } from './world.ts'

/** The five lines of a doc comment that say what an operator does, source, sink and junction alike. */
export const cardLines = ['emits', 'backpressures', 'completes', 'cancels', 'loses'] as const

export type CardLine = (typeof cardLines)[number]

/**
 * Lanes that show one line of a card at work. `op` is a piece with other settings than the subject has. A card's
 * lanes are played in a world of their own, each alone.
 */
export interface MarbleExample<Op> extends LanesIn, LanesOut {
  op?: Op
}

/** An example of a line: lanes, or a test in a world where lanes say too little. */
export type Example<Op> = MarbleExample<Op> | ((world: World) => Promise<void>)

/** What executes the five lines that the doc comment of a public function has; see the guide of the testkit. */
export interface Card<Op = never> extends Partial<Record<CardLine, Example<Op> | readonly Example<Op>[]>> {
  /** The public function that it is about, such as `debounce`, `Flow.map` or `flow.range`. */
  readonly of: string
  /** Which of several implementations behind that function, in the words of its options; default the only one. */
  readonly variant?: string
}

/** An example of a card that did not come true. */
export class BrokenCard extends Error {
  readonly of: string
  readonly line: CardLine

  constructor(of: string, line: CardLine, error: unknown) {
    super(`the card of ${of} breaks its line '${line}':\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
    this.name = 'BrokenCard'
    this.of = of
    this.line = line
  }
}

/** Plays every example on the card of a subject; returns how many there were. */
export async function playCard(subject: Subject): Promise<number> {
  const { card } = subject
  if (card === undefined) return 0
  let played = 0
  for (const line of cardLines) {
    for (const example of examplesOf(card, line)) {
      played++
      await world(1, (w) => (typeof example === 'function' ? example(w) : playExample(subject, example, w))).catch(
        (error: unknown) => {
          throw new BrokenCard(card.of, line, error)
        },
      )
    }
  }
  return played
}

type AnyOp = (...args: any[]) => any

/** The examples of one line of a card. */
export function examplesOf(card: Card<AnyOp>, line: CardLine): readonly Example<AnyOp>[] {
  const examples = card[line]
  if (examples === undefined) return []
  return Array.isArray(examples) ? examples : [examples as Example<AnyOp>]
}

/** The lanes of an example, ready to be played in `world`. */
export function lanesOf(subject: Subject, example: MarbleExample<AnyOp>, w: World): MarbleRun {
  const bench: Bench = new TrialBench(w.clock, seededRandom(w.seed), 1)
  const options = { ...subject.run?.(bench), ...example.options }
  return new MarbleRun(w, builderOf(subject, example.op, w, bench), { ...example, options })
}

function playExample(subject: Subject, example: MarbleExample<AnyOp>, w: World): Promise<void> {
  return lanesOf(subject, example, w).toBe(example)
}

function builderOf(
  subject: Subject,
  op: AnyOp | undefined,
  w: World,
  bench: Bench,
): (flows: readonly Flow<any>[]) => readonly Flow<any>[] | Program<any> {
  if (op === undefined) return (flows) => shapeOf(subject).build(flows, bench)
  if (subject.operator !== undefined) return ([flow]) => [op(flow, w)]
  if (subject.source !== undefined) return () => [op(w)]
  if (subject.sink !== undefined) return ([flow]) => op(flow, w)
  return (flows) => op(flows, w)
}
