import type { ScaleReport, StageSnapshot } from 'forebay/observe'
import type { JSX } from 'preact'
import { wantedSlots } from '../model/scale.ts'
import { grouped, percent } from '../model/format.ts'
import { Facts, Part } from './facts.tsx'

/** How many slots a stage has that follow the load, how many it needs, and why it has no others. */
export function ScalePart({ stage }: { stage: StageSnapshot }): JSX.Element | null {
  const { scale, slots } = stage
  if (scale === undefined) return null
  const { min, max, reason } = scale
  const wanted = wantedSlots(stage)
  const label = `${slots} slots of ${min} to ${max}, ${wanted} wanted`
  return (
    <Part title="Scale">
      <div class="scale-track" role="img" aria-label={label}>
        <span class="scale-slots" style={{ width: `${(100 * slots) / max}%` }} />
        <span class="scale-floor" style={{ left: `${(100 * min) / max}%` }} />
        <span class="scale-wanted" style={{ left: `${(100 * wanted) / max}%` }} />
      </div>
      <Facts
        facts={[
          ['slots', `${grouped(slots)}, from ${grouped(min)} to ${grouped(max)}`],
          ['wanted', grouped(wanted)],
        ]}
      />
      <Why helps={scale.wouldHelp} reason={reason} />
    </Part>
  )
}

/** What an autoscaler is told of the whole flow. */
export function ReplicasPart({ report }: { report: ScaleReport }): JSX.Element {
  const { value, wouldHelp, reason } = report
  return (
    <Part title="Replicas, as an autoscaler is told">
      <div class="scale-track" role="img" aria-label={`${value} % of the replicas there are`}>
        <span class={`scale-slots${value > 110 ? ' short' : ''}`} style={{ width: `${Math.min(100, value / 2)}%` }} />
        <span class="scale-wanted" style={{ left: '50%' }} />
      </div>
      <Facts facts={[['wanted', `${percent(value / 100)} of those there are`]]} />
      <Why helps={wouldHelp} reason={reason} />
    </Part>
  )
}

function Why({ helps, reason }: { helps: boolean; reason: string }): JSX.Element {
  return (
    <p class={`scale-why${helps ? '' : ' in-vain'}`}>
      {!helps && <b>More would not help. </b>}
      {reason.replace(/^0 more would help: /, '')}
    </p>
  )
}
