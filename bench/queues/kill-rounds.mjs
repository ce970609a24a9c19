// Kills a process that puts, leases and acknowledges, a hundred times; nothing that was confirmed may be missing or come twice.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export default {
  area: 'queues',
  name: '100 SIGKILL rounds of the disk queue',
  rows: () => {
    const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'kill-rounds', '--', '--rounds', '100'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 1_200_000,
    })
    const summary = stdout.slice(stdout.indexOf('{'))
    if (summary === '') throw new Error(stderr)
    return [
      {
        area: 'queues',
        case: '100 SIGKILL rounds of the disk queue',
        metric: 'confirmed messages lost or delivered after their ack',
        ours: status === 0 ? 0 : summary,
        goal: '0',
        met: status === 0,
      },
    ]
  },
}
