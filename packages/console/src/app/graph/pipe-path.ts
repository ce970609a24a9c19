import type { Layout, Point } from './plan.ts'

/**
 * The way of a pipe as an SVG path: out of the middle of one box's far side, straight along under its label, into the
 * middle of the next box's near side.
 */
export function pipePath(layout: Layout, edge: Layout['edges'][number]): string {
  const from = layout.nodes.find((node) => node.id === edge.from)
  const to = layout.nodes.find((node) => node.id === edge.to)
  if (from === undefined || to === undefined) return ''
  const isWide = layout.direction === 'LR'
  const start = isWide ? { x: from.x + from.width / 2, y: from.y } : { x: from.x, y: from.y + from.height / 2 }
  const end = isWide ? { x: to.x - to.width / 2, y: to.y } : { x: to.x, y: to.y - to.height / 2 }
  const isBackward = isWide ? end.x < start.x : end.y < start.y
  if (isBackward) return smooth(edge.points, isWide)
  const half = isWide ? edge.width / 2 : edge.height / 2
  const way = [start, ...edge.points.slice(1, -1).flatMap((point) => straight(point, edge.label, half, isWide)), end]
  return smooth(way, isWide)
}

/** A label's point becomes a straight run as long as the label. */
function straight(point: Point, label: Point, half: number, isWide: boolean): Point[] {
  if (half === 0 || Math.abs(point.x - label.x) > 1 || Math.abs(point.y - label.y) > 1) return [point]
  return isWide
    ? [
        { x: point.x - half, y: point.y },
        { x: point.x + half, y: point.y },
      ]
    : [
        { x: point.x, y: point.y - half },
        { x: point.x, y: point.y + half },
      ]
}

function smooth(points: readonly Point[], isWide: boolean): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${at(first)}`
  let last = first
  for (const next of rest) {
    if (Math.abs(last.x - next.x) < 0.5 || Math.abs(last.y - next.y) < 0.5) path += `L${at(next)}`
    else if (isWide)
      path += `C${at({ x: (last.x + next.x) / 2, y: last.y })} ${at({ x: (last.x + next.x) / 2, y: next.y })} ${at(next)}`
    else
      path += `C${at({ x: last.x, y: (last.y + next.y) / 2 })} ${at({ x: next.x, y: (last.y + next.y) / 2 })} ${at(next)}`
    last = next
  }
  return path
}

function at({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`
}
