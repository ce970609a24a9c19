import type { Caps } from 'forebay/queue'
import { overflows } from '../../packages/forebay/src/kernel/overflow.ts'
import type { TestedStore } from './stores.ts'

const BEGIN = '<!-- capabilities: npm run conformance -- --table -->'
const END = '<!-- end -->'

const yes = (is: boolean): string => (is ? 'yes' : '–')

/** What each flag is called on the page, and how its value is said. */
const rows: readonly (readonly [string, (caps: Caps) => string])[] = [
  ['a put that has resolved survives', ({ durability }) => survives[durability]],
  ['bound in items', ({ boundItems }) => boundItems],
  ['bound in bytes', ({ boundBytes }) => boundBytes],
  ['order of puts within', ({ order }) => order],
  ['levels', ({ levels }) => String(levels)],
  ['one message of a key at a time', ({ keys }) => yes(keys)],
  ['groups take turns', ({ groups }) => yes(groups)],
  ['queues in parts (`partitions`)', ({ partitions }) => yes(partitions === true)],
  ['delayed puts', ({ delay }) => yes(delay)],
  ['delayed retries', ({ nackDelay }) => yes(nackDelay)],
  ['leases can be extended', ({ extend }) => yes(extend)],
  ['attempts are counted', ({ attempts }) => attempts],
  ['repetitions are recognised', ({ dedupe }) => (dedupe === 'none' ? '–' : dedupe)],
  ['time to live', ({ ttl }) => yes(ttl)],
  ["puts in the caller's transaction", ({ transactions }) => yes(transactions === true)],
  ['dead letters', ({ deadLetters }) => (deadLetters === 'none' ? '–' : deadLetters)],
  ['depth', ({ depth }) => depth],
  ['several processes at once', ({ shared }) => yes(shared)],
]

const survives: Readonly<Record<Caps['durability'], string>> = {
  memory: 'nothing',
  'os-cache': 'a killed process',
  fsync: 'a power cut',
  replicated: 'the loss of a machine',
}

/** The table of capabilities, made from the flags that the stores declare and the suite holds them to. */
export function capsTable(stores: readonly TestedStore[]): string {
  const policies = overflows.filter((policy) => stores.some(({ caps }) => caps.overflow.includes(policy)))
  const lines = [
    ['', ...stores.map(({ url }) => `\`${url}\``)],
    ['---', ...stores.map(() => '---')],
    ...rows.map(([name, say]) => [name, ...stores.map(({ caps }) => say(caps))]),
    ...policies.map((policy) => [
      `overflow \`${policy}\``,
      ...stores.map(({ caps }) => yes(caps.overflow.includes(policy))),
    ]),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The page with its table made anew. */
export function withTable(page: string, table: string): string {
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END, begin)
  if (begin < 0 || end < 0) throw new Error(`the page has no ${BEGIN} … ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`
}
