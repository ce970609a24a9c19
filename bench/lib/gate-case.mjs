import { serially } from './gate-peers.mjs'

/** What the cases of gates have in common: each counts what it has done, and that many it must be. */
export const gateCase = (own) => ({
  area: 'gates',
  metric: 'ns of CPU a call',
  warmups: 2,
  rounds: 7,
  turns: 3,
  expected: (items) => items,
  answer: (value) => value,
  ...own,
})

/** A contender whose calls are awaited one after the other; `make` gives the function that calls. */
export const serial = (make, items) => async () => ({ items, run: serially(await make(), items) })
