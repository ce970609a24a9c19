import { flow, type Flow } from 'forebay'

/** A flow that parts, and whose ways cannot come together again: one of them gives nothing before the other is full. */
let copy: Flow<number> | undefined

export default flow
  .range(1, 1000)
  .broadcast(
    (items) => {
      copy = items
      return flow.range(1, 0)
    },
    (items) =>
      items
        .batch(100)
        .zip((copy as Flow<number>).buffer(8))
        .map(([, n]) => n),
  )
  .to(() => {})
