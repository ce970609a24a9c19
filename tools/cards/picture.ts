import type { LaneEvent, Values } from '../../packages/forebay/src/testkit/marbles/lane.ts'
import { drawLane } from '../../packages/forebay/src/testkit/marbles/lane.ts'

/** A named lane of a picture. */
export interface NamedLane {
  readonly name: string
  readonly events: readonly LaneEvent[]
}

/** At most so many empty instants are drawn one by one. */
const MAX_DASHES = 12

/** Lanes below each other, so that what happens in one instant stands in one column. They can be read back. */
export function drawPicture(lanes: readonly NamedLane[], values: Values = {}): string {
  const times = [...new Set(lanes.flatMap(({ events }) => events.map(({ at }) => at)))].toSorted((a, b) => a - b)
  const rows = lanes.map(() => '')
  const add = (cells: readonly string[], fill: string): void => {
    const width = Math.max(...cells.map((cell) => cell.length))
    cells.forEach((cell, at) => (rows[at] += (cell === '' ? fill : cell).padEnd(width)))
  }
  let next = 0
  for (const time of times) {
    const pause = time - next
    const empty = pause > MAX_DASHES ? ` ${pause}ms ` : '-'.repeat(pause)
    for (const at of rows.keys()) rows[at] += empty
    add(
      lanes.map(({ events }) => instant(events, time, values)),
      '-',
    )
    next = time + 1
  }
  const width = Math.max(...lanes.map(({ name }) => name.length))
  return lanes
    .map(({ name }, at) => `${name.padEnd(width)}  ${(rows[at] as string).replace(/(?:[-\s]|\b\d+ms(?=\s|$))+$/, '')}`)
    .join('\n')
}

/** What a lane shows at one instant. */
function instant(events: readonly LaneEvent[], time: number, values: Values): string {
  const now = events.filter(({ at }) => at === time).map((event) => ({ ...event, at: 0 }))
  return now.length === 0 ? '' : drawLane(now, values)
}
