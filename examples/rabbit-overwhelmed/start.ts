import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { requireServer } from '../../tools/services/require-server.ts'

/** Plays the comparison on the broker that `FOREBAY_RABBITMQ_URL` names, else on one that is started for it. */
const rabbit = await requireServer('rabbitmq')
if (!rabbit.available) process.exit(1) // the line to type has been printed
try {
  execFileSync(process.execPath, [join(import.meta.dirname, 'dist/compare-main.js'), ...process.argv.slice(2)], {
    env: { ...process.env, FOREBAY_RABBITMQ_URL: rabbit.url },
    stdio: 'inherit',
  })
} catch (error) {
  process.exitCode = (error as { status?: number }).status ?? 1
} finally {
  await rabbit.stop()
}
