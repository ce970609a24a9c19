import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { requireServer } from '../../tools/services/require-server.ts'

/** Plays the comparison on the broker that the environment names (`FOREBAY_KAFKA_URL`), else on one that is started for it. */
export async function playOn(broker: 'rabbitmq' | 'kafka'): Promise<void> {
  const server = await requireServer(broker)
  if (!server.available) process.exit(1) // the line to type has been printed
  const main = join(import.meta.dirname, 'dist/compare-main.js')
  try {
    execFileSync(process.execPath, [main, server.url, ...process.argv.slice(2)], { stdio: 'inherit' })
  } catch (error) {
    process.exitCode = (error as { status?: number }).status ?? 1
  } finally {
    await server.stop()
  }
}
