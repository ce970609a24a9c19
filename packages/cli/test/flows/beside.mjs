import { flow } from 'forebay'

let tell = () => {}
let died

export default flow.range(1, 1e9).to(() => new Promise((resolve) => setTimeout(resolve, 1)))

/** Whatever plays beside a flow: what it is asked for, it notes. */
export const beside = {
  onNote: (listener) => {
    tell = listener
    return () => {}
  },
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
