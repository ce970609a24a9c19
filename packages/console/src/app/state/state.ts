import { computed, signal } from '@preact/signals'
import type { ReadonlySignal, Signal } from '@preact/signals'
import type { Verdict } from 'forebay/observe'
import type { Mark } from 'forebay/observe'
import type { FlowTopology, Topology } from '../../wire/topology.ts'
import { around } from '../model/around.ts'
import { flowPicture } from '../model/flow-picture.ts'
import type { FlowPicture } from '../model/flow-picture.ts'
import { Moments, snapshotOf } from '../model/moments.ts'
import type { Sample } from '../model/moments.ts'

export type Tab = 'charts' | 'gates' | 'queues' | 'ledger' | 'alerts' | 'table' | 'twin'
export type Dialog = 'help' | 'find' | undefined

export const windows = [10_000, 60_000, 600_000] as const
/** How much of the past the charts show for each window. */
const chartSpans: ReadonlyMap<number, number> = new Map([
  [10_000, 60_000],
  [60_000, 240_000],
  [600_000, 600_000],
])

/** Charts show at least this much, however young the flow is. */
const leastSpanMs = 15_000

export const moments: Moments = new Moments()
/** Changes whenever {@link moments} does. */
export const newest: Signal<Sample | undefined> = signal(undefined)
export const topology: Signal<Topology | undefined> = signal(undefined)
export const marks: Signal<readonly Mark[]> = signal([])
export const connection: Signal<'connecting' | 'live' | 'stale'> = signal('connecting')
export const commands: Signal<readonly { name: string; title: string }[]> = signal([])

export const windowMs: Signal<number> = signal(10_000)
/** The instant that is looked at; `undefined` follows the present. */
export const fixedWall: Signal<number | undefined> = signal(undefined)
export const chosenRun: Signal<string | undefined> = signal(undefined)
export const selected: Signal<string | undefined> = signal(undefined)
export const tab: Signal<Tab> = signal('charts')
export const dialog: Signal<Dialog> = signal(undefined)

export const flow: ReadonlySignal<FlowTopology | undefined> = computed(() => {
  const flows = topology.value?.flows ?? []
  return flows.find(({ run }) => run === chosenRun.value) ?? flows[0]
})

/** The sample on screen: the newest, or the one at the instant looked at. */
export const shown: ReadonlySignal<Sample | undefined> = computed(() => {
  const last = newest.value
  return fixedWall.value === undefined ? last : (moments.at(fixedWall.value) ?? last)
})

/** The time that the charts show, Unix ms: as the window asks, and no longer than there is anything to show. */
export const chartRange: ReadonlySignal<{ from: number; to: number } | undefined> = computed(() => {
  const to = shown.value?.wall
  if (to === undefined) return undefined
  const oldest = Math.min(moments.first?.wall ?? to, to - leastSpanMs)
  return { from: Math.max(to - (chartSpans.get(windowMs.value) ?? 60_000), oldest), to }
})

export const picture: ReadonlySignal<FlowPicture | undefined> = computed(() => {
  const run = flow.value?.run
  const sample = shown.value
  if (run === undefined || sample === undefined) return undefined
  const after = snapshotOf(sample, run)
  if (after === undefined) return undefined
  const before = snapshotOf(moments.at(sample.wall - windowMs.value), run)
  return flowPicture(before === undefined || before.at >= after.at ? undefined : before, after)
})

export const verdict: ReadonlySignal<Verdict | undefined> = computed(() =>
  shown.value?.why.find(({ run }) => run === flow.value?.run),
)

/** Ids of what the verdict blames: one stage or gate, or every stage of a ring. */
export const culprits: ReadonlySignal<ReadonlySet<string>> = computed(() => new Set(culpritsOf(verdict.value)))

function culpritsOf(found: Verdict | undefined): readonly string[] {
  if (found === undefined || found.kind === 'calm' || found.kind === 'done' || found.kind === 'input') return []
  if (found.kind === 'deadlock') return found.path
  const culprit = found.gate ?? found.stage
  return culprit === undefined ? [] : [culprit]
}

/** Whether a flow too large to read is drawn whole all the same. */
export const isWhole: Signal<boolean> = signal(false)

/** What the graph draws: of a large flow, what lies around the selected thing or the culprit. */
export const drawn: ReadonlySignal<FlowTopology | undefined> = computed(() => {
  if (flow.value === undefined || isWhole.value) return flow.value
  return around(flow.value, selected.value ?? [...culprits.value][0], verdict.value?.path ?? [])
})

/** Whether the panel below takes the place of the graph: tables and gates need it, and gates without a flow have none. */
export const isWithoutGraph: ReadonlySignal<boolean> = computed(
  () => tab.value === 'table' || tab.value === 'gates' || tab.value === 'queues' || flow.value?.stages.length === 0,
)

export function togglePause(): void {
  fixedWall.value = fixedWall.value === undefined ? newest.value?.wall : undefined
}

export function stepWindow(by: 1 | -1): void {
  const at = windows.indexOf(windowMs.value as (typeof windows)[number])
  windowMs.value = windows[Math.min(windows.length - 1, Math.max(0, at + by))]!
}

/** The name of a stage, edge or gate. */
export function nameOf(topologyOfFlow: FlowTopology | undefined, id: string): string {
  const all = [...(topologyOfFlow?.stages ?? []), ...(topologyOfFlow?.edges ?? []), ...(topologyOfFlow?.gates ?? [])]
  return all.find((item) => item.id === id)?.name ?? id
}
