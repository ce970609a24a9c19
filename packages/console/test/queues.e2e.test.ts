import { flow } from 'forebay'
import { sampler } from 'forebay/observe'
import { durableStore, memoryStore } from 'forebay/queue'
import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { requireService } from '../../../tools/services/require-service.ts'
import { consoleBrowser, out, type OpenConsole } from './console-in-browser.ts'
import { screens } from './open-browser.ts'
import { clipped, offScreen, violations } from './page-checks.ts'

const chromium = await requireService('chromium')

const commands = ['Slow the service down', 'Let the service fail'].map((title, i) => ({
  name: `command-${i}`,
  title,
  run: () => {},
}))

describe.skipIf(!chromium.available)('queues in a browser', () => {
  const { show, closes } = consoleBrowser(chromium.path)

  /** A flow whose work fails for some items until it is mended, and the console of it. */
  async function start(
    allowWrite: boolean,
    options: BrowserContextOptions = {},
  ): Promise<OpenConsole & { done: Set<number>; mend: () => void }> {
    const store = memoryStore()
    const done = new Set<number>()
    let isBroken = true
    async function* numbers(): AsyncGenerator<number> {
      for (let n = 1; n <= 60; n++) yield n
      await new Promise(() => {})
    }
    const run = flow(numbers())
      .durable('orders', { items: 100, maxAttempts: 1 })
      .mapAsync(
        (n) => {
          if (isBroken && n % 3 === 0) throw new Error(n % 2 === 0 ? 'timed out' : `no such <b>airport</b>`)
          done.add(n)
        },
        { onError: 'dead-letter' },
      )
      .to(() => {})
      .named('orders')
      .run({ store: durableStore(store) })
    run.done.catch(() => {})
    const samples = sampler([run])
    for (const one of [store, { close: () => run.cancel() }, { close: () => samples.stop() }]) closes(one)
    await expect.poll(() => store.opened()[0]?.stats().dead).toBe(20)
    const shown = await show(samples, { allowWrite, commands, queues: () => store.opened() }, options)
    await shown.page.locator('#tab-queues').waitFor()
    return { ...shown, done, mend: () => (isBroken = false) }
  }

  test('shows dead letters by reason, puts those of one reason back, then all, and the flow does them', async () => {
    const { page, errors, done, mend } = await start(true)
    expect(await page.locator('#tab-queues').textContent()).toContain('20')
    await page.keyboard.press('q')
    const card = page.getByRole('article', { name: 'queue orders' })
    const rows = card.locator('.dead-letters tbody tr')
    await expect.poll(() => rows.count()).toBe(2)
    expect(await rows.nth(0).textContent()).toMatch(/timed out|no such <b>airport<\/b>/)
    expect(await card.locator('b b').count()).toBe(0) // what is shown is text

    mend()
    await card.getByRole('button', { name: 'put back: timed out, of orders' }).click()
    await expect.poll(() => done.size, { timeout: 15_000 }).toBe(50)
    await expect.poll(() => rows.count(), { timeout: 10_000 }).toBe(1)
    await card.getByRole('button', { name: 'put all back: all, of orders' }).click()
    await expect.poll(() => done.size, { timeout: 15_000 }).toBe(60)
    await expect.poll(() => card.locator('.dead-letters').count(), { timeout: 10_000 }).toBe(0)
    expect(errors).toEqual([])
  }, 90_000)

  test('offers nothing that changes anything where it may only read, and does not ask while nobody looks', async () => {
    const { page } = await start(false)
    let asked = 0
    page.on('request', (request) => void (request.url().includes('/api/queues') && asked++))
    await page.waitForTimeout(3000)
    expect(asked).toBe(0)
    await page.locator('#tab-queues').click()
    await page.locator('.dead-letters tbody tr').first().waitFor()
    expect(await page.getByRole('button', { name: /put/ }).count()).toBe(0)
  }, 60_000)

  test.each(screens)(
    'queues, $name: no serious finding of axe, nothing clipped, a screenshot',
    async ({ name, ...screen }) => {
      const { page, errors } = await start(true, screen)
      await page.locator('#tab-queues').click()
      await page.locator('.dead-letters tbody tr').first().waitFor()
      await page.screenshot({ path: `${out}queues-${name}.png`, fullPage: screen.viewport.width < 500 })

      expect(await violations(page)).toEqual([])
      expect(await clipped(page)).toEqual([])
      expect(await offScreen(page, '.top-bar button')).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      expect(errors).toEqual([])
    },
    60_000,
  )
})
