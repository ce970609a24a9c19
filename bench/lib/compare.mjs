import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('child.mjs', import.meta.url))

/**
 * Runs the contenders of a case in turn, several times round, each in a fresh process, so that a machine
 * that changes its speed changes it for all. Ratios are taken round by round; the median counts.
 */
export function compare(file, benchmark) {
  const names = Object.keys(benchmark.contenders)
  const turns = Object.fromEntries(names.map((name) => [name, []]))
  for (let turn = 0; turn < benchmark.turns; turn++) {
    for (const name of names) turns[name].push(measure(file, name, benchmark))
  }
  const [ours, ...peers] = names
  const extra = (benchmark.extra?.(turns[ours].at(-1).answer) ?? []).map((row) => ({
    area: benchmark.area,
    case: benchmark.name,
    ...row,
  }))
  return [...peers.map((peer) => row(peer)), ...extra]

  function row(peer) {
    const ratios = turns[ours].map((own, turn) => ratioOf(own.median, turns[peer][turn].median, benchmark))
    const { goal, about } = benchmark.goals[peer]
    const ratio = median(ratios)
    return {
      area: benchmark.area,
      case: benchmark.name,
      metric: benchmark.metric,
      ours: round(median(turns[ours].map(({ median: own }) => own))),
      peer: round(median(turns[peer].map(({ median: other }) => other))),
      peerName: peer,
      ratio: round(ratio),
      goal: about ?? `≥ ${goal}`,
      met: benchmark.atMost === true ? ratio <= goal : ratio >= goal,
    }
  }
}

/** How many times better we are; with `atMost` our time over the peer's. */
function ratioOf(ours, peer, { atMost }) {
  return atMost === true ? ours / peer : peer / ours
}

function measure(file, name, benchmark) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', child, file, name], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status !== 0) throw new Error(`${benchmark.name}, ${name}: ${stderr}`)
  const result = JSON.parse(stdout)
  // A slow contender may be given fewer items; then the right answer depends on how many.
  const { expected } = benchmark
  const right = typeof expected === 'function' ? expected(result.items) : expected
  if (right !== undefined && JSON.stringify(result.answer) !== JSON.stringify(right)) {
    throw new Error(`${benchmark.name}: ${name} computed ${JSON.stringify(result.answer)}, not ${JSON.stringify(right)}`)
  }
  return result
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

function round(value) {
  return Number(value.toPrecision(4))
}
