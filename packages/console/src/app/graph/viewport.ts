import { signal } from '@preact/signals'
import type { Signal } from '@preact/signals'

/** Where the graph is looked at: moved by `x`, `y` CSS pixels, drawn at `scale`. */
export interface View {
  readonly x: number
  readonly y: number
  readonly scale: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** `undefined` fits the graph into its frame. */
export const view: Signal<View | undefined> = signal(undefined)

const margin = 20
const smallest = 0.15
const largest = 2

/** The whole graph in the middle of the frame, never larger than life. */
export function fitted(graph: Size, frame: Size): View {
  const wide = (frame.width - 2 * margin) / Math.max(1, graph.width)
  const high = (frame.height - 2 * margin) / Math.max(1, graph.height)
  const scale = Math.max(smallest, Math.min(1.15, wide, high))
  return { scale, x: (frame.width - graph.width * scale) / 2, y: (frame.height - graph.height * scale) / 2 }
}

/** Zooms around a point of the frame, which stays where it is. */
export function zoomed(from: View, factor: number, at: { x: number; y: number }): View {
  const scale = Math.max(smallest, Math.min(largest, from.scale * factor))
  const change = scale / from.scale
  return { scale, x: at.x - (at.x - from.x) * change, y: at.y - (at.y - from.y) * change }
}

/** Drags and wheels move the view. Returns the way to stop. */
export function attachViewport(frame: HTMLElement, current: () => View): () => void {
  let grip: { id: number; x: number; y: number; from: View } | undefined
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === 'touch' || (event.target as Element).closest('button') !== null)
      return
    grip = { id: event.pointerId, x: event.clientX, y: event.clientY, from: current() }
    frame.setPointerCapture(event.pointerId)
  }
  const onMove = (event: PointerEvent): void => {
    if (grip?.id !== event.pointerId) return
    view.value = { ...grip.from, x: grip.from.x + event.clientX - grip.x, y: grip.from.y + event.clientY - grip.y }
  }
  const onUp = (): void => {
    grip = undefined
  }
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const box = frame.getBoundingClientRect()
    view.value = zoomed(current(), Math.exp(-event.deltaY / 300), {
      x: event.clientX - box.left,
      y: event.clientY - box.top,
    })
  }
  frame.addEventListener('pointerdown', onDown)
  frame.addEventListener('pointermove', onMove)
  frame.addEventListener('pointerup', onUp)
  frame.addEventListener('pointercancel', onUp)
  frame.addEventListener('wheel', onWheel, { passive: false })
  return () => {
    frame.removeEventListener('pointerdown', onDown)
    frame.removeEventListener('pointermove', onMove)
    frame.removeEventListener('pointerup', onUp)
    frame.removeEventListener('pointercancel', onUp)
    frame.removeEventListener('wheel', onWheel)
  }
}
