// Measures one contender of one case in a process of its own: `node child.mjs CASE CONTENDER`. Prints one JSON line.
const [file, name] = process.argv.slice(2)
const { default: benchmark } = await import(file)
const contender = await benchmark.contenders[name]()

if (benchmark.pollute !== false) await contender.pollute?.()

// No collection is forced between rounds: it would throw away optimised code along with the feedback of the pollution.
const samples = []
let value
for (let round = 0; round < benchmark.warmups + benchmark.rounds; round++) {
  const start = performance.now()
  value = await contender.run()
  const ms = performance.now() - start
  if (round >= benchmark.warmups)
    samples.push(benchmark.figure === undefined ? (ms * 1e6) / benchmark.items : benchmark.figure(value, ms))
}
samples.sort((a, b) => a - b)
const answer = benchmark.answer === undefined ? undefined : benchmark.answer(value)
process.stdout.write(`${JSON.stringify({ median: samples[samples.length >> 1], min: samples[0], answer })}\n`)
process.exit(0)
