import { load } from '@forebay/cli/load'
import { costsOf } from './real/batch-cost.ts'
import { calmRate, planOf } from './real/spike.ts'
import { startServer } from './real/start-server.ts'
import { guides } from './real/texts.ts'

/** Spikes for who wants to look on, at the console of the server: `--for 30` plays them for 30 seconds (default 60). */
const seconds = Number(process.argv[process.argv.indexOf('--for') + 1] ?? 60) || 60
const texts = guides()
const { parcels } = await costsOf(texts.pages, 8, 1)
const rate = calmRate(texts, parcels.cpuUs / 1000)
const server = await startServer('tokens and levels', true)
try {
  console.log(`console of the model: ${server.consoleUrl}`)
  const plans = [
    planOf('interactive', server.url, texts.paragraphs, rate),
    planOf('batch', server.url, texts.pages, rate),
  ]
  for (let left = seconds; left > 0; left -= 11) {
    await Promise.all(plans.map((plan) => load({ ...plan, warmUp: 0 }).done))
  }
} finally {
  await server.stop()
}
