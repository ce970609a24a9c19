import type { JSX } from 'preact'
import { duration, rate } from '../model/format.ts'
import type { StagePicture } from '../model/flow-picture.ts'
import { rungPlace } from '../model/rung.ts'
import { wantedSlots } from '../model/scale.ts'
import { culprits, selected, verdict } from '../state/state.ts'
import { placed } from './placed.ts'
import type { PlannedNode, Point } from './plan.ts'
import { StateBar } from './state-bar.tsx'

/** Whether edges lead into a stage, and out of it. */
export interface StageEnds {
  readonly isSource: boolean
  readonly isSink: boolean
}

/** A stage: its rate, how it spends its time, how long its work takes. */
export function StageBox({
  node,
  picture,
  ends,
}: {
  node: PlannedNode & Point
  picture: StagePicture
  ends: StageEnds
}): JSX.Element {
  const { stage } = picture
  const isCulprit = culprits.value.has(stage.id)
  const through = ends.isSource && picture.outRate > 0 ? picture.outRate : picture.inRate
  const changesCount = !ends.isSource && !ends.isSink && Math.abs(picture.outRate - through) > 0.05 * through
  const busySlots = Math.round(picture.busy * stage.slots)
  const wanted = wantedSlots(stage)
  const tag = isCulprit ? culpritTag(verdict.value?.kind) : ''
  return (
    <button
      type="button"
      class={`stage${isCulprit ? ' culprit' : ''}`}
      style={placed(node)}
      data-id={stage.id}
      aria-pressed={selected.value === stage.id}
      onClick={() => (selected.value = stage.id)}
    >
      {tag !== '' && <span class="tag">{tag}</span>}
      <span class="stage-head">
        <span class="stage-name">{stage.name}</span>
        {(stage.slots > 1 || stage.scale !== undefined) && (
          <span class="stage-slots">
            {busySlots}/{stage.slots}
            {wanted !== stage.slots && <span title={`${wanted} slots wanted`}> →{wanted}</span>}
          </span>
        )}
      </span>
      <span class="stage-rate">
        {rate(through)}
        <span class="unit">/s</span>
        {changesCount && <span class="unit gives">→ {rate(picture.outRate)}</span>}
      </span>
      <StateBar shares={picture} />
      <span class="stage-foot">
        {stage.rung !== undefined && stage.rung.index > 0 ? (
          <span class="degraded" title={`degraded: rung ${rungPlace(stage.rung)}`}>
            ↓ {stage.rung.name}
          </span>
        ) : Number.isNaN(picture.p99) ? (
          <span>{stage.kind}</span>
        ) : (
          <>
            <span>p99 {narrow(picture.p99)}</span>
            <span class="p50">p50 {narrow(picture.p50)}</span>
          </>
        )}
      </span>
    </button>
  )
}

function narrow(ms: number): string {
  return duration(ms).replace(' ', '\u2009')
}

function culpritTag(kind: string | undefined): string {
  switch (kind) {
    case 'bottleneck':
      return 'BOTTLENECK'
    case 'source':
      return 'SLOW INPUT'
    case 'deadlock':
      return 'DEADLOCK'
    case 'stall':
      return 'STALLED'
    case 'loop':
      return 'USES THE LOOP'
    default:
      return 'LIMIT'
  }
}
