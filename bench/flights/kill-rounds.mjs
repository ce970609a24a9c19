// Kills the whole flagship flow at random moments, and asks the witness after each round. About ten seconds a round.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROUNDS = 10
const root = fileURLToPath(new URL('../..', import.meta.url))
const name = `${ROUNDS} SIGKILL rounds of the flow`

export default {
  name,
  rows: () => {
    const args = ['run', '-s', 'kill-rounds', '-w', '@forebay/example-flights', '--', '--rounds', String(ROUNDS)]
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 1_200_000 })
    const summary = stdout.slice(stdout.indexOf('{'))
    if (summary === '') throw new Error(stderr)
    const { missing, inQueue } = JSON.parse(summary)
    return [
      {
        area: 'flights',
        case: name,
        metric: 'acknowledged flights that were lost, or were left in the queue by the last run',
        ours: missing + inQueue,
        goal: '0',
        met: status === 0,
      },
    ]
  },
}
