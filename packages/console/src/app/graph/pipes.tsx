import type { JSX } from 'preact'
import type { FlowPicture } from '../model/flow-picture.ts'
import { pipePath } from './pipe-path.ts'
import type { Layout } from './plan.ts'

const thinnest = 2.5
const widest = 11

/** The pipes under the boxes: as wide as they are full, moving as fast as they carry. */
export function Pipes({
  layout,
  picture,
  isMoving,
}: {
  layout: Layout
  picture: FlowPicture
  isMoving: boolean
}): JSX.Element {
  const busiest = Math.max(1, ...[...picture.edges.values()].map(({ takenRate }) => takenRate))
  return (
    <svg class="pipes" width={layout.width} height={layout.height} aria-hidden="true">
      {layout.edges.map((edge) => {
        const path = pipePath(layout, edge)
        const { fill, takenRate } = picture.edges.get(edge.id) ?? { fill: 0, takenRate: inletRate(picture, edge.id) }
        const isMovingHere = isMoving && takenRate > 0
        const seconds = Math.min(6, Math.max(0.7, 0.7 * (busiest / Math.max(1, takenRate)) ** 0.5))
        return (
          <g key={edge.id}>
            <path class="pipe-wall" d={path} />
            <path class="pipe-bed" d={path} />
            <path
              class={`pipe-water${fill >= 0.8 ? ' full' : ''}`}
              d={path}
              style={{ strokeWidth: `${(thinnest + (widest - thinnest) * fill).toFixed(1)}px` }}
            />
            {isMovingHere && (
              <path class="pipe-flow" d={path} style={{ animationDuration: `${seconds.toFixed(1)}s` }} />
            )}
          </g>
        )
      })}
    </svg>
  )
}

/** The piece of pipe between a stage's valves and the stage carries what the stage takes in. */
function inletRate(picture: FlowPicture, id: string): number {
  return picture.stages.get(id.replace(/^inlet:/, ''))?.inRate ?? 0
}
