import { examplesOf, lanesOf, type CardLine } from '../../src/testkit/card.ts'
import type { LanesIn, MarbleRun } from '../../src/testkit/marbles/marble-run.ts'
import { shapeOf, type Subject } from '../../src/testkit/subject.ts'
import { world } from '../../src/testkit/world.ts'
import type { CardSubject } from './families.ts'

/** What a phrase is about, and the way to play lanes through it. */
interface Piece {
  readonly subject: Subject
  readonly play: (lanes: LanesIn) => MarbleRun
}

type Check = (piece: Piece) => Promise<void>

/** Phrases that a line may begin with, and what each of them means, as something that can be executed. */
const phrases: Readonly<Record<CardLine, Readonly<Record<string, Check>>>> = {
  emits: { 'when an item arrives': emitsOnArrival, nothing: hasNoOutput },
  backpressures: { 'when downstream does': waitsForDemand, never: asksAlways },
  completes: {
    'when upstream completes': completesWithInput,
    'when upstream has and nothing is held': completesWhenEmpty,
  },
  cancels: { 'when downstream cancels': passesCancel },
  loses: { nothing: losesNothing },
}

/** The phrase with which the text of a line begins, where it says all: up to a full stop or a semicolon. */
export function phraseOf(line: CardLine, text: string): string | undefined {
  const [first = ''] = text.split(/[.;]/)
  return Object.hasOwn(phrases[line], first) ? first : undefined
}

/**
 * Executes the phrase of a line on a subject; throws when it does not hold. A subject may have more around the piece
 * that its card is about: then the piece alone, as the card's first example has it, must keep to the phrase.
 */
export async function checkPhrase(subject: CardSubject, line: CardLine, phrase: string): Promise<void> {
  const check = (alone: object): Promise<void> =>
    world(1, (w) =>
      (phrases[line][phrase] as Check)({ subject, play: (lanes) => lanesOf(subject, { ...alone, ...lanes }, w) }),
    )
  await check({})
    .catch(async (error: unknown) => {
      const [example] = examplesOf(subject.card, 'emits')
      const op = typeof example === 'object' ? example.op : undefined
      if (op !== undefined) return check({ op })
      throw error
    })
    .catch((error: unknown) => {
      throw new Error(`${subject.name}: '${line} ${phrase}' does not hold: ${(error as Error).message}`, {
        cause: error,
      })
    })
}

/** Each item that comes in is one that goes out, in the same instant. */
async function emitsOnArrival({ subject, play }: Piece): Promise<void> {
  const data = all(subject, '-1--2-3|')
  const { out } = await play({ data }).lanes()
  for (const lane of out) {
    const marks = lane.replaceAll(/\(‹[^›]*›\)/g, 'x')
    if (!/^-\w--\w-\w(\||#)$/.test(marks)) throw new Error(`for ${data.join()} came ${lane}`)
  }
}

async function hasNoOutput({ subject }: Piece): Promise<void> {
  if (shapeOf(subject).outputs > 0) throw new Error('it has an output')
}

/** Without demand nothing comes, and no more is asked for than may be held; with demand it goes on. */
async function waitsForDemand({ subject, play }: Piece): Promise<void> {
  const data = all(subject, '(123456789)')
  const { bound = Infinity } = shapeOf(subject)
  const { out, upstream } = await play({ data, demand: none(subject) }).lanes()
  if (shapeOf(subject).outputs > 0 && out.join('') !== '') throw new Error(`without demand came ${out.join()}`)
  if (upstream.some((lane) => lane.includes('*')) && bound < 9) throw new Error('without demand it asks without end')
  const whole = { data: all(subject, '(123456789)|'), demand: none(subject).map(() => '-----*') }
  const later = await play(whole).lanes()
  if (later.out.some((lane) => lane === '')) throw new Error('with demand nothing comes')
}

/** Without demand it takes whatever comes. */
async function asksAlways({ subject, play }: Piece): Promise<void> {
  const data = all(subject, '(123456789)-1')
  const { upstream } = await play({ data, demand: none(subject) }).lanes()
  for (const lane of upstream) {
    const asked = [...lane.matchAll(/\d+/g)].reduce((sum, [count]) => sum + Number(count), 0)
    if (!lane.includes('*') && asked < 11) throw new Error(`without demand it asks for ${lane}`)
  }
}

/** The end comes with that of its input, and without demand when nothing is left to give. */
async function completesWithInput({ subject, play }: Piece): Promise<void> {
  const { out } = await play({ data: all(subject, '-1--|') }).lanes()
  for (const lane of out) if (!lane.endsWith('|') || timeOf(lane) !== 4) throw new Error(`for -1--| came ${lane}`)
  if (subject.sink === undefined) await completesEmpty({ subject, play })
  else await play({ data: '-1--|' }).toBe({ result: subject.model([1]) })
}

async function completesWhenEmpty(piece: Piece): Promise<void> {
  await completesEmpty(piece)
  const { subject, play } = piece
  const demand = none(subject).map(() => '-----*')
  const { out } = await play({ data: all(subject, '-12|'), demand }).lanes()
  for (const lane of out) if (!lane.endsWith('|') && !lane.endsWith('|)')) throw new Error(`for -12| came ${lane}`)
}

async function completesEmpty({ subject, play }: Piece): Promise<void> {
  if (subject.endNeedsDemand === true) return
  const { out } = await play({ data: all(subject, '--|'), demand: none(subject) }).lanes()
  for (const lane of out) if (lane !== '--|') throw new Error(`for --| without demand came ${lane}`)
}

async function passesCancel({ subject, play }: Piece): Promise<void> {
  const demand = none(subject).map(() => '*--!')
  const { out, upstream } = await play({ data: all(subject, '-1----2'), demand }).lanes()
  for (const lane of upstream) if (!lane.endsWith('!')) throw new Error(`upstream saw ${lane}`)
  const last = Math.max(...upstream.map(timeOf))
  if (upstream.length > 0 && last !== 3) throw new Error(`upstream saw ${upstream.join()}`)
  for (const lane of out) if (timeOf(lane) > 3) throw new Error(`after the cancellation came ${lane}`)
}

/** What the subject says of itself is what its line says; the laws check that it is so. */
async function losesNothing({ subject, play }: Piece): Promise<void> {
  const reasons = (subject.loses ?? []).filter((reason) => reason !== 'cancelled')
  // Of several inputs one may be drained while the others go on.
  if (reasons.length > 0 && shapeOf(subject).inputs < 2) throw new Error(`it may lose items: ${reasons.join()}`)
  const { lost } = await play({ data: all(subject, '(123456789|)') }).lanes()
  // With the item that fails the flow nothing is lost that it should have brought.
  const { failed: _, ...rest } = lost
  if (Object.keys(rest).length > 0) throw new Error(`it lost items: ${JSON.stringify(rest)}`)
}

function all(subject: Subject, lane: string): string[] {
  return Array.from({ length: shapeOf(subject).inputs }, () => lane)
}

function none(subject: Subject): string[] {
  return Array.from({ length: shapeOf(subject).outputs }, () => '')
}

/** The instant of the last thing on a drawn lane; -1 for an empty one. */
function timeOf(lane: string): number {
  let at = -1
  for (const [, pause, mark] of lane.matchAll(/ (\d+)ms |(\([^)]*\)|‹[^›]*›|.)/g)) {
    at += pause === undefined ? Number(mark !== undefined) : Number(pause)
  }
  return at
}
