import { firehose } from 'forebay'

export default firehose<number>((emit) => {
  const timer = setInterval(() => emit(Date.now()), 10)
  return () => clearInterval(timer)
})
  .ignoreBackpressure()
  .to(() => {})
  .named('careless')
