// Measures one contender of one case in a process of its own: `node child.mjs CASE CONTENDER`. Prints one JSON line.
// What counts is CPU time of the whole process, collector and compiler included: the goals are of one core, and time on
// the clock says more about what else the machine is doing.
const [file, name] = process.argv.slice(2)
const { default: benchmark } = await import(file)
const contender = await benchmark.contenders[name]()
const { items, warmups, rounds } = { ...benchmark, ...contender }

if (benchmark.pollute !== false) await contender.pollute?.()

// No collection is forced between rounds: it would throw away optimised code along with the feedback of the pollution.
const samples = []
let value
for (let round = 0; round < warmups + rounds; round++) {
  const start = process.cpuUsage()
  value = await contender.run()
  const { user, system } = process.cpuUsage(start)
  if (round >= warmups)
    samples.push(benchmark.figure === undefined ? ((user + system) * 1000) / items : benchmark.figure(value))
}
samples.sort((a, b) => a - b)
const answer = benchmark.answer === undefined ? undefined : benchmark.answer(value)
process.stdout.write(`${JSON.stringify({ median: samples[samples.length >> 1], min: samples[0], answer, items })}\n`)
process.exit(0)
