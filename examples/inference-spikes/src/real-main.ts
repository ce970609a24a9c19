import { costsOf } from './real/batch-cost.ts'
import { claimsOf } from './real/claims.ts'
import { doors, type DoorName } from './real/doors.ts'
import { findingsOf } from './real/findings.ts'
import { calmRate, playSpike, type Spike } from './real/spike.ts'
import { costTable, spikeTable } from './real/table.ts'
import { guides } from './real/texts.ts'

/** A real model behind real HTTP, and a spike of ten times as much as in calm times: without a gate and with two. */
const isJson = process.argv.includes('--json')
const texts = guides()
const paragraphs = await costsOf(texts.paragraphs, 320)
const pages = await costsOf(texts.pages, 8)
const rate = calmRate(texts, pages.parcels.cpuUs / 1000)
if (!isJson) console.log(`${costTable(paragraphs, pages)}\n`)

// One after the other: on one machine they would disturb each other.
const spikes: Spike[] = []
for (const door of Object.keys(doors) as DoorName[]) spikes.push(await playSpike(door, texts, rate))
const claims = claimsOf(spikes)
if (isJson) console.log(JSON.stringify({ paragraphs, pages, spikes, claims }))
else {
  console.log(`${spikeTable(spikes)}\n`)
  for (const text of findingsOf(paragraphs, pages, spikes)) console.log(`· ${text}`)
  console.log()
  for (const { text, holds } of claims) console.log(`${holds ? '✓' : '×'} ${text}`)
}
if (claims.some(({ holds }) => !holds)) process.exitCode = 1
