import { Blueprint } from '../../../src/testkit/blueprint.ts'
import { difference, same } from '../../../src/testkit/compare.ts'
import { itemsOf, shapeOf, type Shape, type SinkSubject, type Subject } from '../../../src/testkit/subject.ts'
import { plantedFaults, type PlantedFault } from './plant.ts'

/** What decides whether a fault can show in a subject at all. */
interface Facts extends Shape {
  readonly kind: 'operator' | 'source' | 'sink' | 'junction'
  /** Results of each output for seven items in every input, at least. */
  readonly count: number
  readonly isOrdered: boolean
  readonly endsByItself: boolean
  readonly hasSides: boolean
  /** Its results are of no record, so that they have no account. */
  readonly isMade: boolean
  /** Its results are not known before the end. */
  readonly isLate: boolean
}

/**
 * Faults that cannot show, by the fault: without one here, a subject must be found out. A subject with something of its
 * own for the run (a store) keeps what is not done until the next one: then the account is the store's, not the item's.
 */
const blind: Partial<Record<PlantedFault, (facts: Facts) => boolean>> = {
  // What is done to the second item, or after an item, does not show where one item is also the end.
  'loses an item without a word': ({ count }) => count < 2,
  'filters out an item that it should keep': ({ count }) => count < 2,
  'sends an item twice': ({ count }) => count < 2,
  'sends from a timer without credit': ({ count }) => count < 2,
  // A sink that is done with every item at once asks without end; what it makes of the items need not know their order.
  'swaps neighbours': ({ kind, count, isOrdered }) => kind === 'sink' || count < 2 || !isOrdered,
  'sends more than it has credit for': ({ kind }) => kind === 'sink',
  'sends without credit': ({ kind }) => kind === 'sink',
  'sends after its end': ({ kind, endsByItself }) => kind === 'sink' || endsByItself,
  'keeps what it holds when it is cancelled': ({ kind, count, isLate, run }) =>
    kind === 'sink' || count < 2 || isLate || run !== undefined,
  'looks for its end only with demand': ({ kind, endNeedsDemand, loses, endsByItself }) =>
    kind === 'sink' || endNeedsDemand === true || (kind === 'source' && (loses !== undefined || endsByItself)),
  'tells its end before it is empty': ({ kind, count, run }) => kind === 'sink' || count < 2 || run !== undefined,
  // The run cancels every part of itself; only a consumer that cancels alone needs the way up.
  'ignores cancel': ({ kind }) => kind === 'sink',
  'cancels with a reason of its own': ({ kind, hasSides }) => kind !== 'operator' || hasSides,
  'leaks the credit of every third item': ({ count, kind, endsByItself }) =>
    count < (kind === 'source' ? 7 : 5) || endsByItself,
  'wakes nobody': ({ count, endsByItself }) => count < 3 || endsByItself,
  'swallows completion': ({ kind, fails }) => kind === 'source' && fails,
  'takes a failure for the end': (facts) =>
    facts.kind === 'junction' || (facts.kind === 'source' && !facts.fails) || stopsEarly(facts) || facts.hasSides,
  // Where results depend on when items come, a later run may have fewer.
  'remembers the run before': ({ rate }) => rate === true,
  'drops the context': ({ kind, isMade }) => kind === 'source' || isMade,
  'ends an account too early': ({ kind, run, isMade }) => kind === 'source' || run !== undefined || isMade,
}

/**
 * The faults that surely show in a subject, or those that perhaps do: there are results, and the subject does not do by
 * itself what the fault does. One that holds too much shows only where the subject comes to its own bound, which is not
 * for a fault to say.
 */
export function faultsIn(subject: Subject, shows: 'surely' | 'perhaps'): PlantedFault[] {
  const facts = factsOf(subject)
  if (facts.count === 0) return []
  return plantedFaults.filter(
    (fault) => blind[fault]?.(facts) !== true && mayHide(fault, subject) === (shows === 'perhaps'),
  )
}

function mayHide(fault: PlantedFault, subject: Subject): boolean {
  if (fault === 'claims to hold nothing') return true
  // How many items it gives up by itself nobody knows, so one that is filtered may be taken for one of them.
  const givesUp = subject.loses?.some((reason) => reason !== 'cancelled') === true
  if (fault === 'filters out an item that it should keep' && givesUp) return true
  return subject.sink !== undefined && isAlike(subject, changes[fault])
}

/** What becomes of the items before a sink; one whose result is the same may still be seen to lose them. */
const changes: Partial<Record<PlantedFault, (items: readonly number[]) => number[]>> = {
  'loses an item without a word': (items) => items.filter((_, at) => at !== 1),
  'filters out an item that it should keep': (items) => items.filter((_, at) => at !== 1),
  'sends an item twice': ([a = 0, b = 0, ...rest]) => [a, b, b, ...rest],
  'sends from a timer without credit': (items) => [...items, items.at(-1) ?? 0],
  'remembers the run before': () => [],
}

function isAlike({ model }: SinkSubject, change: ((items: readonly number[]) => number[]) | undefined): boolean {
  const items = itemsOf(0, 7)
  return change !== undefined && same(model(items), model(change(items)))
}

function factsOf(subject: Subject): Facts {
  const shape = shapeOf(subject)
  const resultsOf = (items: number): readonly (readonly unknown[])[] =>
    shape.results(Array.from({ length: shape.inputs }, (_, at) => itemsOf(at, items)))
  const results = resultsOf(7)
  const { order = 'input', from } = shape
  return {
    ...shape,
    kind:
      subject.operator !== undefined
        ? 'operator'
        : subject.source !== undefined
          ? 'source'
          : subject.sink !== undefined
            ? 'sink'
            : 'junction',
    count: subject.sink !== undefined ? 7 : Math.min(...results.map((items) => items.length)),
    isOrdered: order === 'input',
    endsByItself: shape.fails || shape.stopsAt !== undefined || (subject.sink !== undefined && stopsEarly(shape)),
    hasSides: new Blueprint(shape, false).hasSides,
    isLate: resultsOf(6).some((few, at) => difference(shape, few, results[at] ?? [], 'some') !== undefined),
    isMade: from !== undefined && results.flat().every((result) => from(result).length === 0),
  }
}

function stopsEarly({ failed }: Shape): boolean {
  return failed?.([1]).ends === 'completed'
}
