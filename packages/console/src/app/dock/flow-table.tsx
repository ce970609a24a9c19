import type { JSX } from 'preact'
import { StateBar } from '../graph/state-bar.tsx'
import { describeGate } from '../graph/valves.tsx'
import type { EdgePicture, GatePicture, StagePicture } from '../model/flow-picture.ts'
import { total } from '../model/flow-picture.ts'
import { count, duration, grouped, percent, rate } from '../model/format.ts'
import { rungPlace } from '../model/rung.ts'
import { culprits, picture, selected } from '../state/state.ts'
import { SortableTable } from './sortable-table.tsx'
import type { Column } from './sortable-table.tsx'

type Row<T> = T & { readonly id: string }

const stageColumns: readonly Column<Row<StagePicture>>[] = [
  { name: 'stage', by: ({ stage }) => stage.name },
  { name: 'kind', isText: true, by: ({ stage }) => stage.kind },
  { name: 'verdict', isText: true, by: ({ id }) => (culprits.value.has(id) ? 'named' : '') },
  { name: 'in/s', by: (row) => row.inRate, show: (row) => rate(row.inRate) },
  { name: 'out/s', by: (row) => row.outRate, show: (row) => rate(row.outRate) },
  { name: 'slots', by: ({ stage }) => stage.slots },
  { name: 'time', isText: true, by: (row) => row.busy, show: (row) => <StateBar shares={row} /> },
  { name: 'busy', by: (row) => row.busy, show: (row) => percent(row.busy) },
  { name: 'gated', by: (row) => row.gated, show: (row) => percent(row.gated) },
  { name: 'blocked', by: (row) => row.blocked, show: (row) => percent(row.blocked) },
  { name: 'starved', by: (row) => row.starved, show: (row) => percent(row.starved) },
  { name: 'p50', by: (row) => row.p50, show: (row) => duration(row.p50) },
  { name: 'p99', by: (row) => row.p99, show: (row) => duration(row.p99) },
  { name: 'failed', by: ({ stage }) => stage.failed, show: ({ stage }) => grouped(stage.failed) },
]

const edgeColumns: readonly Column<Row<EdgePicture>>[] = [
  { name: 'edge', by: ({ edge }) => edge.name },
  { name: 'when full', isText: true, by: ({ edge }) => edge.policy },
  { name: 'kept', isText: true, by: ({ edge }) => (edge.durable ? 'on disk' : 'in memory') },
  { name: 'held', by: ({ edge }) => edge.length, show: ({ edge }) => grouped(edge.length) },
  { name: 'bound', by: ({ edge }) => edge.capacity, show: ({ edge }) => grouped(edge.capacity) },
  { name: 'full', by: (row) => row.fill, show: (row) => percent(row.fill) },
  { name: 'credit', by: ({ edge }) => edge.credit, show: ({ edge }) => count(edge.credit) },
  { name: 'oldest', by: ({ edge }) => edge.oldestMs, show: ({ edge }) => duration(edge.oldestMs) },
  { name: 'put/s', by: (row) => row.putRate, show: (row) => rate(row.putRate) },
  { name: 'taken/s', by: (row) => row.takenRate, show: (row) => rate(row.takenRate) },
  { name: 'blocks', by: (row) => row.blocked, show: (row) => percent(row.blocked) },
  { name: 'dropped', by: (row) => row.dropped, show: (row) => grouped(row.dropped) },
]

const gateColumns: readonly Column<Row<GatePicture>>[] = [
  { name: 'gate', by: ({ gate }) => gate.name },
  { name: 'kind', isText: true, by: ({ gate }) => gate.kind },
  {
    name: 'state',
    isText: true,
    by: ({ gate }) => (gate.parts === undefined ? [gate] : gate.parts).map(describeGate).join('; '),
  },
  { name: 'given/s', by: (row) => row.admittedRate, show: (row) => rate(row.admittedRate) },
  { name: 'waiting', by: ({ gate }) => gate.waiting, show: ({ gate }) => grouped(gate.waiting) },
  { name: 'refused', by: ({ gate }) => total(gate.sheds), show: ({ gate }) => grouped(total(gate.sheds)) },
]

/** For flows with a stage that degrades. */
const rungColumn: Column<Row<StagePicture>> = {
  name: 'rung',
  isText: true,
  by: ({ stage: { rung } }) => (rung === undefined ? '' : `${rung.name}, ${rungPlace(rung)}`),
}

/** Everything the graph shows, as tables: for those who cannot see it, and for sorting. */
export function FlowTable(): JSX.Element {
  const now = picture.value
  if (now === undefined) return <p class="note">Waiting for the first sample…</p>
  const rungs = [...now.stages.values()].some(({ stage }) => stage.rung !== undefined) ? [rungColumn] : []
  const common = { chosen: selected.value, onChoose: (id: string) => (selected.value = id) }
  return (
    <div class="flow-table">
      <SortableTable {...common} caption="Stages" columns={[...stageColumns, ...rungs]} rows={rowsOf(now.stages)} />
      <SortableTable {...common} caption="Edges" columns={edgeColumns} rows={rowsOf(now.edges)} />
      {now.gates.size > 0 && (
        <SortableTable {...common} caption="Gates" columns={gateColumns} rows={rowsOf(now.gates)} />
      )}
    </div>
  )
}

function rowsOf<T>(pictures: ReadonlyMap<string, T>): Row<T>[] {
  return [...pictures].map(([id, picture]) => ({ ...picture, id }))
}
