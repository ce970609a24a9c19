import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { FlowTopology } from '../../wire/topology.ts'
import { connection, drawn, fixedWall, flow, isWhole, picture, selected } from '../state/state.ts'
import { mostLegible } from '../model/around.ts'
import { EdgeLabel } from './edge-label.tsx'
import { GraphLegend } from './graph-legend.tsx'
import { Pipes } from './pipes.tsx'
import { layoutPlan } from './plan.ts'
import { graphLayout, requestLayout } from './request-layout.ts'
import { StageBox } from './stage-box.tsx'
import type { StageEnds } from './stage-box.tsx'
import { Valves } from './valves.tsx'
import { attachViewport, fitted, view, zoomed } from './viewport.ts'
import type { Size, View } from './viewport.ts'

const narrow = 640
const margin = 40
/** From here on the pipes stand still: motion is for a graph that can be followed by eye. */
const mostMoving = 60

/** The flow as a graph of stages, pipes and valves. */
export function Graph(): JSX.Element {
  const frame = useRef<HTMLDivElement>(null)
  const size = useSignal<Size>({ width: 1000, height: 400 })
  const isNarrow = size.value.width < narrow
  const names = drawn.value
  const whole = flow.value?.stages.length ?? 0
  useEffect(() => {
    if (names !== undefined) requestLayout(layoutPlan(names, isNarrow ? 'TB' : 'LR'))
  }, [names, isNarrow])
  const layout = graphLayout.value
  const fit = layout === undefined ? { x: 0, y: 0, scale: 1 } : fitIn(layout, size.value, isNarrow)
  const current = useRef<View>(fit)
  current.current = view.value ?? fit
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) size.value = { width: entry.contentRect.width, height: entry.contentRect.height }
    })
    observer.observe(element)
    const detach = attachViewport(element, () => current.current)
    return () => {
      observer.disconnect()
      detach()
    }
  }, [])
  const now = picture.value
  const { x, y, scale } = current.current
  const zoom = (factor: number) => (): void => {
    view.value = zoomed(current.current, factor, { x: size.value.width / 2, y: size.value.height / 2 })
  }
  const height = isNarrow && layout !== undefined ? { height: `${layout.height * fit.scale + margin}px` } : {}
  return (
    <section class="graph" aria-label="Flow graph">
      <div class="graph-frame" ref={frame} style={height} onDblClick={() => (view.value = undefined)}>
        {layout !== undefined && now !== undefined && (
          <div
            class={`world ${layout.direction}${scale < 0.55 ? ' far' : ''}`}
            style={{
              width: `${layout.width}px`,
              height: `${layout.height}px`,
              transform: `translate(${x}px, ${y}px) scale(${scale})`,
            }}
            onClick={(event) => {
              if (event.target === event.currentTarget) selected.value = undefined
            }}
          >
            <Pipes
              layout={layout}
              picture={now}
              isMoving={
                fixedWall.value === undefined && connection.value === 'live' && layout.edges.length <= mostMoving
              }
            />
            {layout.edges.map((place) => {
              const edge = now.edges.get(place.id)
              return edge === undefined ? null : <EdgeLabel key={place.id} place={place} picture={edge} />
            })}
            {layout.nodes.map((node) => {
              const stage = now.stages.get(node.id)
              if (stage !== undefined)
                return <StageBox key={node.id} node={node} picture={stage} ends={endsOf(names, node.id)} />
              const asked = now.stages.get(node.id.replace(/^valves:/, ''))?.stage.gates ?? []
              const gates = asked.flatMap((id) => now.gates.get(id) ?? [])
              return <Valves key={node.id} node={node} gates={gates} />
            })}
          </div>
        )}
        {now === undefined && <p class="graph-empty">Waiting for the first sample…</p>}
      </div>
      <div class="graph-tools">
        {whole > mostLegible && (
          <button
            type="button"
            class="tool wide"
            aria-pressed={isWhole.value}
            onClick={() => (isWhole.value = !isWhole.value)}
          >
            {isWhole.value ? `All ${whole} stages` : `${names?.stages.length ?? 0} of ${whole} stages`}
          </button>
        )}
        <button type="button" class="tool" aria-label="Zoom in" onClick={zoom(1.25)}>
          +
        </button>
        <button type="button" class="tool" aria-label="Zoom out" onClick={zoom(0.8)}>
          −
        </button>
        <button type="button" class="tool wide" onClick={() => (view.value = undefined)}>
          Fit
        </button>
      </div>
      <GraphLegend />
    </section>
  )
}

/** A narrow screen scrolls: there the graph is as wide as the frame and as high as it needs. */
function fitIn(layout: Size, frame: Size, isNarrow: boolean): View {
  if (!isNarrow) return fitted(layout, frame)
  const fit = fitted(layout, { width: frame.width + 24, height: Number.POSITIVE_INFINITY })
  return { ...fit, x: (frame.width - layout.width * fit.scale) / 2, y: margin / 2 }
}

function endsOf(names: FlowTopology | undefined, id: string): StageEnds {
  const edges = names?.edges ?? []
  return { isSource: edges.every(({ to }) => to !== id), isSink: edges.every(({ from }) => from !== id) }
}
