import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as interop from '../../packages/forebay/src/interop/index.ts'
import * as main from '../../packages/forebay/src/index.ts'
import * as node from '../../packages/forebay/src/node/index.ts'
import * as workers from '../../packages/forebay/src/node/workers/index.ts'
import * as operators from '../../packages/forebay/src/flow/operators.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/concepts/operators-compared.md'), 'utf8')
const rows = [...page.matchAll(/^\| (?!Akka|-)(.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
const known: Record<string, unknown> = { ...main, ...operators, ...interop, ...node, ...workers }

/** Options, and types that leave no trace at run time. */
const words: ReadonlySet<string> = new Set(['concurrency', 'within', 'weight', 'retry', 'Context'])

/** Pekko's index, without what is about actors and Java streams, group by group. */
const pekko = `
apply from fromIterator items single future completionStage futureSource completionStageSource lazySingle lazyFuture
lazyCompletionStage lazySource lazyFutureSource lazyCompletionStageSource empty failed never range repeat cycle iterate
unfold unfoldAsync unfoldResource unfoldResourceAsync tick queue maybe combine zipN zipWithN mergePrioritizedN asSubscriber
fromPublisher asSourceWithContext fromJavaStream
ignore foreach foreachAsync foreachParallel fold foldWhile reduce collect seq collection head headOption last lastOption
takeLast count exists forall none cancelled lazySink lazyFutureSink lazyCompletionStageSink futureSink completionStageSink
eagerFutureSink onComplete asPublisher fromSubscriber fromMaterializer setup preMaterialize source contramap
map collectType mapOption flattenOptional collectFirst collectWhile filter filterNot mapConcat statefulMapConcat statefulMap
mapWithResource take takeWhile takeUntil drop dropWhile dropRepeated scan scanAsync foldAsync limit limitWeighted grouped
groupedWeighted groupedAdjacentBy groupedAdjacentByWeighted sliding intersperse zipWithIndex log logWithMarker doOnFirst
doOnCancel throttle detach lazyFlow lazyFutureFlow lazyCompletionStageFlow futureFlow completionStageFlow dimap
asFlowWithContext materializeIntoSource fromSinkAndSource fromSinkAndSourceCoupled
mapAsync mapAsyncUnordered mapAsyncPartitioned mapAsyncPartitionedUnordered
delay delayWith initialDelay takeWithin dropWithin groupedWithin groupedWeightedWithin
buffer conflate conflateWithSeed batch batchWeighted expand extrapolate aggregateWithBoundary
flatMapConcat flatMapMerge switchMap flatMapPrefix prefixAndTail groupBy splitWhen splitAfter flatten
backpressureTimeout idleTimeout initialTimeout completionTimeout keepAlive
merge mergeAll mergePreferred mergePrioritized mergeSorted MergeSequence mergeLatest zipLatest zipLatestWith interleave
interleaveAll concat concatLazy concatAllLazy prepend prependLazy orElse zip zipWith zipAll
Broadcast alsoTo alsoToAll wireTap Balance Partition divertTo Unzip UnzipWith
mapError recover recoverWith recoverWithRetries onErrorResume onErrorComplete onErrorContinue
RestartSource.onFailuresWithBackoff RestartSource.withBackoff RestartFlow.onFailuresWithBackoff RestartFlow.withBackoff
RestartSink.withBackoff RetryFlow.withBackoff RetryFlow.withBackoffAndContext
monitor watchTermination gzip gunzip deflate inflate
`
  .trim()
  .split(/\s+/)

test('there is a row for everything in the index of Pekko', () => {
  const theirs = new Set(
    rows.flatMap(([first = '']) => first.replaceAll(/\(.*?\)/g, '').split(/,\s*/)).map((name) => name.trim()),
  )

  expect(rows.length).toBeGreaterThan(110)
  expect(pekko.length).toBeGreaterThan(185)
  expect(pekko.filter((name) => !theirs.has(name))).toEqual([])
})

test('every row says what is here, or why nothing is', () => {
  for (const row of rows) {
    expect(row, row.join(' | ')).toHaveLength(5)
    expect(row[4], row[0]).toMatch(/`\w|not wanted: |every flow has it/)
  }
})

const ours = [
  ...new Set(
    rows.flatMap(([, , , , last = '']) =>
      [...last.matchAll(/`([A-Za-z]\w*(?:\.\w+)?)`/g)].map(([, name = '']) => name),
    ),
  ),
]

test.each(ours.filter((name) => !words.has(name)))('%s is a name of ours', (name) => {
  const [of = '', member] = name.split('.')

  if (of === 'Flow' || of === 'Firehose') {
    expect((known[of] as { prototype: object }).prototype).toHaveProperty(member as string)
  } else if (of === 'run') {
    const run = main
      .flow([1])
      .to(() => {})
      .run()
    expect(run).toHaveProperty(member as string)
  } else if (member === undefined) expect(known).toHaveProperty(of)
  else expect(known[of]).toHaveProperty(member)
})
