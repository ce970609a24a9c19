import { signal } from '@preact/signals'
import type { Signal } from '@preact/signals'
import source from 'layout-worker-source'
import type { Layout, LayoutPlan } from './plan.ts'

/** The layout of the graph on screen; the one before it stays until the next is ready. */
export const graphLayout: Signal<Layout | undefined> = signal(undefined)

const maxCached = 16
const cache = new Map<string, Layout>() // bounded by maxCached
let worker: Worker | undefined
let wanted = ''

/** Asks for a layout, away from the main thread. The same plan is arranged once. */
export function requestLayout(plan: LayoutPlan): void {
  const key = JSON.stringify(plan)
  if (key === wanted) return
  wanted = key
  const known = cache.get(key)
  if (known === undefined) started().postMessage({ key, plan })
  else graphLayout.value = known
}

function started(): Worker {
  if (worker !== undefined) return worker
  worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })))
  worker.onmessage = ({ data }: MessageEvent<{ key: string; layout: Layout }>) => {
    if (cache.size >= maxCached) cache.clear()
    cache.set(data.key, data.layout)
    if (data.key === wanted) graphLayout.value = data.layout
  }
  return worker
}
