export { conflate } from './junctions/conflate.ts'
export type { ConflateOptions } from './junctions/conflate.ts'
export { mapError } from './operators/recover.ts'
export { merge } from './merge.ts'
export type { MergeOptions } from './junctions/merge.ts'
export { operator } from '../kernel/operator.ts'
export { fanIn, fanOut, junction } from './junction.ts'
export type { JunctionOptions } from './junction.ts'
export { Passage } from './junctions/passage.ts'
export { Conduit } from './junctions/conduit.ts'
export { FanIn } from './junctions/fan-in.ts'
export type { Lane } from './junctions/lane.ts'
export { FanOut } from './junctions/fan-out.ts'
export type { Outlet } from './junctions/outlet.ts'
export type { InputEnd } from './junctions/input-end.ts'
export type { Cardinality, Control, Down, Operator, OperatorLogic } from '../kernel/operator.ts'
export { CreditAccount } from '../kernel/credit.ts'
export { joinContexts, noRecord, settle } from '../kernel/context.ts'
export type { Context, Lease, Outcome } from '../kernel/context.ts'
export type { Enter, Forget, Graft, Junction, JunctionNode, PlanNode } from '../kernel/plan.ts'
export type { Port, Pull, Receiver, Upstream } from '../kernel/receiver.ts'
export type { RunEnvironment } from '../kernel/run-environment.ts'
export type { StageAccount } from '../kernel/stage-account.ts'

// Memory that several runs share.
export { memoryBudget } from './memory/memory-budget.ts'
export type { MemoryBudget, MemoryBudgetState, ShareState } from './memory/memory-budget.ts'
export type { MemoryShareOptions } from './memory/share-options.ts'
export type { MemoryShare, RunMemory } from '../kernel/run-memory.ts'

// Less of everything under pressure.
export { degrade, type DegradeOptions } from './degrade/degrade.ts'
export type { RungChange } from '../kernel/rung-change.ts'
export type { Pressure } from './degrade/pressure.ts'
export type { CachedRung, MappedRung, Rung, SummaryRung } from './degrade/rung.ts'

// What items take along.
export { mapContext, readContext, withContext } from './context/with-context.ts'
export type { WithContextOptions } from './context/with-context.ts'
export type { OwnContext } from '../kernel/context.ts'

// One item at a time: other values, indices, state.
export { compact, filterMap, filterNot } from './operators/filter-map.ts'
export { flatten, repeatEach } from './operators/flatten.ts'
export { mapIndexed, zipWithIndex } from './operators/map-indexed.ts'
export { mapAccumulate, statefulMap } from './operators/stateful-map.ts'
export type { StatefulMapOptions } from './operators/stateful-map.ts'

// A part of the items.
export { atMost, atMostWeight } from './operators/at-most.ts'
export { skipLast, takeLast } from './operators/last.ts'
export { sampleEvery, sampleRandom } from './operators/sampling.ts'
export { skipWhile } from './operators/skip.ts'
export { takeUntil } from './operators/take.ts'

// Sources.
export { empty, failed, never } from './sources/constant.ts'
export { lazy } from './sources/lazy.ts'
export { maybe } from './sources/maybe.ts'
export type { Maybe } from './sources/maybe.ts'
export { queueSource } from './sources/queue-source.ts'
export type { QueueSource, QueueSourceOptions } from './sources/queue-source.ts'
export type { QueueOffer, QueueOverflow } from './sources/offered-items.ts'
export { tick } from './sources/tick.ts'
export type { TickOptions } from './sources/tick.ts'
export { cycle, iterate, repeat, unfold } from './sources/unfold.ts'
export { fromPromise, unfoldAsync } from './sources/unfold-async.ts'
export { unfoldResource } from './sources/unfold-resource.ts'
export type { Read, ResourceOptions } from './sources/unfold-resource.ts'

// Sinks: functions over flows, attached with `.via(sink)` or as branches.
export { lazySink } from './sinks/lazy-sink.ts'
export type { MadeWriter } from './sinks/lazy-sink.ts'
export type { Sink } from './sinks/program-of.ts'
export { pullSink } from './sinks/pull-sink.ts'
export type { PulledItems } from './sinks/pull-sink.ts'
export { resultOf } from './sinks/result-of.ts'
export { cancelledSink, combineSinks, contramapSink, ignoreSink } from './sinks/simple-sinks.ts'

// Items that are added.
export { endWith, intersperse, startWith } from './operators/added.ts'
export type { IntersperseOptions } from './operators/added.ts'
// Bytes and text.
export { delimiter, type DelimiterOptions } from './bytes/delimiter.ts'
export { formatCsv, parseCsv, type FormatCsvOptions, type ParseCsvOptions } from './bytes/csv.ts'
export { jsonObjects, type JsonObjectsOptions } from './bytes/json-objects.ts'
export {
  lengthField,
  lengthPrefixed,
  type LengthFieldOptions,
  type LengthPrefixedOptions,
} from './bytes/length-field.ts'
export { lines, type LinesOptions } from './bytes/lines.ts'
export { limitBytes, rechunk } from './bytes/rechunk.ts'
export { decodeText, encodeText, parseJson, type DecodeTextOptions, type ParseJsonOptions } from './bytes/text.ts'
export type { ByteChunk } from './bytes/byte-chunk.ts'

// A flow for each item.
export { flatMapConcat } from './flatten/flat-map-concat.ts'
export { flatMapMerge, type FlatMapMergeOptions } from './flatten/flat-map-merge.ts'
export { exhaustMap } from './flatten/exhaust-map.ts'
export { switchMap } from './flatten/switch-map.ts'

// Parts of a flow as flows of their own.
export { flatMapPrefix } from './substreams/flat-map-prefix.ts'
export { groupBy, type GroupByOptions } from './substreams/group-by.ts'
export { splitAfter, splitWhen } from './substreams/split.ts'

// Several items as one: windows, batches, folds.
export { batchBy, batchWeighted } from './operators/batch-by.ts'
export type { BatchByOptions, BatchWeightedOptions } from './operators/batch-by.ts'
export { countUntilChanged } from './operators/count-until-changed.ts'
export { max, min } from './operators/extremes.ts'
export type { Rank } from './operators/extremes.ts'
export { count, reduce, reduceWhile, sum, toArray } from './operators/reduce.ts'
export { pairwise, sliding } from './operators/sliding.ts'
export type { SlidingOptions } from './operators/sliding.ts'

export { aggregateWithBoundary, type AggregateOptions } from './windows/aggregate-with-boundary.ts'
export { sessionWindow, type SessionWindowOptions } from './windows/session-window.ts'
export { windowByTime, type TimeWindow, type WindowByTimeOptions } from './windows/window-by-time.ts'
export type { WindowOverflow } from './windows/event-windows.ts'

// Answers about a flow: one item, as soon as it is known.
export { elementAt, every, find, findIndex, includes, isEmpty, some } from './operators/deciding.ts'
export { defaultIfEmpty, single, throwIfEmpty } from './operators/presence.ts'
// Several flows into one.
export { mergePreferred, mergePrioritized, type WeightedFlow } from './fan-in/merge-by-rank.ts'
export { mergeSequence, mergeSorted } from './fan-in/merge-in-order.ts'
export { interleave } from './fan-in/interleave.ts'
export { zipAll, zipWith, type ItemsOf } from './fan-in/zip-with.ts'
export { withLatestFrom, zipLatest } from './fan-in/latest.ts'
export { orElse, prepend, race } from './fan-in/first-of.ts'
export type { FanInOptions } from './fan-in/options.ts'

// One flow into several.
export { balance, type BalanceOptions } from './fan-out/balance.ts'
export { unzip } from './fan-out/unzip.ts'

// Hubs: flows that come and go while others run.
export { broadcastHub, BroadcastHub, type BroadcastHubOptions } from './hubs/broadcast-hub.ts'
export { partitionHub, PartitionHub, type PartitionHubOptions, type Target } from './hubs/partition-hub.ts'
export { Hub, type HubOptions, type HubState } from './hubs/hub.ts'
export type { SubscribeOptions } from './hubs/subscription.ts'
export type { SubscriberState } from './hubs/subscriber.ts'
export { share } from './hubs/share.ts'
export type { ShareOptions } from './hubs/share.ts'
export { mergeHub, MergeHub, type MergeHubOptions, type MergeHubState } from './hubs/merge-hub.ts'
export type { ProducerState } from './hubs/merge-producer.ts'

// What happens to a flow, as values and hooks.
export { checkItems } from './operators/check-items.ts'
export { dematerialize, materialize } from './operators/materialize.ts'
export type { Materialized } from './operators/materialize.ts'
export { watch } from './operators/watch.ts'
export type { WatchedEnd, WatchHooks } from './operators/watch.ts'

// Time.
export { audit, debounce, sample } from './time/newest.ts'
export { completionTimeout, sampleFirst, skipWithin, takeWithin } from './time/spans.ts'
export { delay, type DelayOptions } from './time/delay.ts'
export { expand, extrapolate } from './time/extrapolate.ts'
export { initialDelay } from './time/initial-delay.ts'
export { initialTimeout } from './operators/timeouts.ts'
export { keepAlive } from './time/keep-alive.ts'
export { timeInterval, timestamp, type Timed, type Timestamped } from './time/stamps.ts'

// Failures, resources and the end of things.
export { restart } from './errors/restart.ts'
export type { RestartOptions } from './errors/restart.ts'
export type { BackoffOptions } from './errors/backoff.ts'
export { drainAll } from './errors/drain-all.ts'
export type { DrainAllOptions } from './errors/drain-all.ts'
export { killSwitch } from './errors/kill-switch.ts'
export type { KillSwitch } from './errors/kill-switch.ts'
export { onErrorComplete } from './errors/on-error-complete.ts'
export { mapWithResource } from './errors/map-with-resource.ts'
export type { MapWithResourceOptions } from './errors/map-with-resource.ts'
export type { ResourceUse } from './errors/resource.ts'
export { using } from './errors/using.ts'
export type { UsingOptions } from './errors/using.ts'

// Ahead of downstream, within bounds.
export { prefetch, type PrefetchOptions } from './ahead/prefetch.ts'
export { ttl } from './ahead/ttl.ts'
export type { Ttl } from '../kernel/edge-options.ts'
export { priorityBuffer, type PriorityBufferOptions } from './ahead/priority-buffer.ts'
// Work on items: shares of it, calls that fold, errors of single operators.
export { mapAsyncPartitioned } from './map-async-partitioned.ts'
export type { MapAsyncPartitionedOptions } from './map-async-partitioned.ts'
export { reduceAsync, scanAsync } from './junctions/fold-async.ts'
export type { AsyncFold } from './junctions/fold-async.ts'
export { supervise } from './operators/supervise.ts'
export type { Directive } from './operators/supervise.ts'
export { enforce } from './operators/enforce.ts'
export type { EnforceOptions } from './operators/enforce.ts'
export { retryEach } from './errors/retry-each.ts'
export type { RetryEachOptions } from './errors/retry-each.ts'
export { restartVia } from './errors/restart-via.ts'
export type { RestartViaOptions } from './errors/restart-via.ts'
// As much at once as the load needs.
export { elastic } from './elastic/elastic.ts'
export type { Elastic, ElasticChange, ElasticOptions } from './elastic/elastic.ts'
export { mapAsyncElastic } from './elastic/map-async-elastic.ts'
export type { MapAsyncElasticOptions } from './elastic/map-async-elastic.ts'
