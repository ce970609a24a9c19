import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { limit } from 'forebay/gates'
import { metricsText, observeGates } from 'forebay/observe'
import { afterEach, expect, test } from 'vitest'
import { openShop } from '../shop.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

interface Answer {
  readonly status: number
  readonly rung: string | null
  readonly text: string
}

async function start(): Promise<{ ask: () => Promise<Answer>; metrics: () => string; decisions: () => string[] }> {
  const gate = limit(4, { name: 'shop', line: { max: 50, hold: '2s' } })
  const { server, ladder } = openShop(gate)
  const gates = observeGates([gate], { name: 'shop', ladders: [ladder] })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(
    () => server.closeAllConnections(),
    () => server.close(),
    () => gates.stop(),
  )
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    ask: async () => {
      const response = await fetch(url)
      return { status: response.status, rung: response.headers.get('x-rung'), text: await response.text() }
    },
    metrics: () => metricsText([gates.inspect()]),
    decisions: () => gate.inspect().notes?.decisions.map(({ kind, text }) => `${kind}: ${text}`) ?? [],
  }
}

test('a shop that is asked too much does less for each request, says so, and does everything again when it is over', async () => {
  const { ask, metrics, decisions } = await start()
  expect(await ask()).toEqual({ status: 200, rung: 'full', text: 'a page (full)' })

  // Twenty clients that ask again at once: full pages would take five times what four at a time can do.
  const answers: Answer[] = []
  const until = Date.now() + 1500
  const client = async (): Promise<void> => {
    while (Date.now() < until) answers.push(await ask())
  }
  const watched = new Set<string>()
  const watch = setInterval(() => decisions().forEach((text) => watched.add(text)), 50)
  await Promise.all(Array.from({ length: 20 }, client))
  clearInterval(watch)

  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  expect(answers.every(({ rung, text }) => text === `a page (${rung})`)).toBe(true)
  const rungs = answers.map(({ rung }) => rung)
  expect(rungs.indexOf('cached')).toBeGreaterThan(rungs.indexOf('no-recommendations'))
  expect([...watched].some((text) => text.startsWith('rung: full → no-recommendations: pressure'))).toBe(true)
  expect(metrics()).toMatch(/^forebay_gate_rung_changes_total\{flow="shop",gate="shop"\} [1-9]/m)

  await expect.poll(async () => (await ask()).rung, { timeout: 20_000, interval: 50 }).toBe('full')
}, 60_000)
