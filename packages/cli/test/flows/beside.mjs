import { flow } from 'forebay'
import { limit } from 'forebay/gates'

let tell = () => {}
let died

const calls = limit(2, { name: 'calls' })
const work = () => new Promise((resolve) => setTimeout(resolve, 1))

export default flow
  .range(1, 1e9)
  .mapAsync(work, { gate: calls, concurrency: 4, key: () => 'A' })
  .to(() => {})

/** Whatever plays beside a flow: what it is asked for, it notes. */
export const beside = {
  onNote: (listener) => {
    tell = listener
    return () => {}
  },
  gates: [calls],
  drain: () => tell('told to drain'),
  failures: () => (died === undefined ? [] : [died]),
  commands: [
    {
      name: 'die',
      title: 'Die',
      run: () => {
        died = 'the companion has died'
        return 'so be it'
      },
    },
  ],
}
