import { flow } from 'forebay'

export default flow([1, 2, 3])
  .map((n) => {
    if (n === 2) throw new Error('two is not to my taste')
    return n
  })
  .to(() => {})
