import { load } from '@forebay/cli/load'
import type { Snapshot } from 'forebay/observe'
import { startCast } from './cast.ts'
import { CALM, PATIENCE_MS, STORM } from './settings.ts'

/**
 * The storm for who wants to look on, at Z's console: an A that obeys nobody asks five times its share, and Z alone stands
 * behind a gate. `--for 20` plays it for 20 seconds (default 60); at the end it prints Z's own account of its callers.
 */
const seconds = Number(process.argv[process.argv.indexOf('--for') + 1] ?? 60) || 60
const cast = await startCast({ z: true, services: false, hasConsole: true })
try {
  console.log(`console of Z: ${cast.consoleUrl}`)
  const { done } = load({
    url: cast.urls.A,
    tenants: {
      A: { share: 1, origin: cast.urls.A },
      B: { share: 1, origin: cast.urls.B },
      C: { share: 1, origin: cast.urls.C },
    },
    deadline: PATIENCE_MS,
    warmUp: '1s',
    phases: [{ name: 'storm', for: `${seconds}s`, rate: STORM + 2 * CALM, tenants: { A: STORM, B: CALM, C: CALM } }],
  })
  await done
  const answer = await fetch(`${cast.consoleUrl}api/snapshot`)
  const [z] = (await answer.json()) as [Snapshot]
  const { callers = [] } = z.gates[0]?.notes ?? {}
  for (const { key, asked, given, waiting, sheds, share } of callers) {
    console.log(JSON.stringify({ caller: key, asked, given, waiting, sheds, share: Number(share.toFixed(2)) }))
  }
} finally {
  await cast.stop()
}
