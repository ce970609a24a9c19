// A backlog of a million messages of 1 KB: what filling it and opening it again take of memory, and how soon it delivers.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/compare.mjs'

const MESSAGES = 1_000_000
const LIMIT_MB = 150
const LIMIT_MS = 200
const LIMIT_RUN_MS = 240_000
const child = fileURLToPath(new URL('../lib/backlog-child.mjs', import.meta.url))
const name = 'a backlog of 1,000,000 messages of 1 KB on disk'

function run(mode, folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, mode, folder, String(MESSAGES)], {
    encoding: 'utf8',
    timeout: LIMIT_RUN_MS,
  })
  if (status !== 0) throw new Error(`${name}, ${mode}: ${stderr}`)
  return JSON.parse(stdout)
}

const row = (metric, ours, goal, met) => ({ area: 'queues', case: name, metric, ours: Math.round(ours * 100) / 100, goal, met })

export default {
  name,
  rows: () => {
    if (!existsSync('/proc/self/status')) {
      process.stderr.write(`${name} is not measured: this system has no /proc\n`)
      return []
    }
    const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'))
    try {
      const filled = run('fill', folder)
      const looks = [run('look', folder), run('look', folder), run('look', folder)]
      const firstMs = median(looks.map((look) => look.firstMs))
      const openMs = median(looks.map((look) => look.openMs))
      const consumed = run('consume', folder)
      const memory = (what, mb) => row(`peak of anonymous memory ${what}, MB`, mb, `≤ ${LIMIT_MB}`, mb <= LIMIT_MB)
      const slower = filled.lastMs / filled.firstMs
      return [
        memory('while it is filled', filled.peak),
        memory('while it is opened and delivers', Math.max(...looks.map(({ peak }) => peak))),
        memory('while a tenth of it is consumed', consumed.peak),
        row('from openStore() to the first delivery, ms', firstMs, `< ${LIMIT_MS}`, firstMs < LIMIT_MS),
        row('of that, loading the driver and opening, ms', openMs, 'none, to compare', true),
        row('time of the last 100,000 puts over that of the first', slower, 'none, to compare', true),
      ]
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
