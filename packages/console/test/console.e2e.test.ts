import { systemClock } from 'forebay'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { requireService } from '../../../tools/services/require-service.ts'
import { serveConsole } from '../src/index.ts'
import type { ConsoleSource } from '../src/index.ts'
import { consoleBrowser, out, type OpenConsole } from './console-in-browser.ts'
import { screens } from './open-browser.ts'
import { clipped, violations } from './page-checks.ts'
import { syntheticSource } from './synthetic-source.ts'

const chromium = await requireService('chromium')
/** The incident begins 14 s into each 30 s and ends 12 s later. */
const calm = 608_000
const slow = 618_000

describe.skipIf(!chromium.available)('the console in a browser', () => {
  const { show, closes } = consoleBrowser(chromium.path)

  /** The console of a flow that is `pastMs` old, in a page. Errors of the page collect in `errors`. */
  async function start(
    pastMs: number,
    options: BrowserContextOptions = {},
  ): Promise<OpenConsole & { source: ConsoleSource }> {
    const source = syntheticSource(systemClock, pastMs)
    closes(source)
    const { page, errors, running } = await show(source, {}, options)
    await page.locator('.stage').first().waitFor()
    await page.locator('.strip canvas').first().waitFor()
    return { page, errors, running, source }
  }

  test('the sentence names the bottleneck when the incident comes, and goes when it is over', async () => {
    const { page, errors } = await start(calm)
    const sentence = page.locator('.sentence')

    await page.locator('.sentence[data-kind="input"]').waitFor()
    expect(await page.locator('.stage.culprit').count()).toBe(0)

    await page.locator('.sentence[data-kind="bottleneck"]').waitFor({ timeout: 20_000 })
    expect(await sentence.textContent()).toMatch(/^enrich is the bottleneck: busy \d+ % \(\d\/8\)/)
    expect(await page.getByRole('button', { name: /^bottleneck\s*enrich/i }).count()).toBe(1)
    await expect
      .poll(() => page.locator('[role="status"]').first().textContent(), { timeout: 10_000 })
      .toContain('enrich')

    await page.locator('.sentence[data-kind="input"]').waitFor({ timeout: 40_000 })
    expect(await page.locator('.stage.culprit').count()).toBe(0)
    expect(errors).toEqual([])
  }, 90_000)

  test('everything can be reached from the keyboard', async () => {
    const { page, errors } = await start(slow)
    const heading = page.locator('.inspector h2')
    const press = (key: string): Promise<void> => page.keyboard.press(key)

    await press('?')
    await page.locator('dialog[aria-label="Keyboard"]').waitFor()
    await press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })

    await press('b')
    await expect.poll(() => heading.textContent()).toMatch(/^(enrich|calls)$/)
    await press('/')
    await page.keyboard.type('sin')
    await press('Enter')
    await expect.poll(() => heading.textContent()).toBe('sink')
    for (const name of ['rows', 'batch', 'joined', 'enrich', 'calls', 'inbox', 'door']) {
      await press('ArrowLeft')
      await expect.poll(() => heading.textContent()).toBe(name)
    }
    await press('ArrowRight')
    await expect.poll(() => heading.textContent()).toBe('inbox')
    await press('Enter')
    await expect.poll(() => page.locator('#inspector:focus').count()).toBe(1)
    await press('Escape')
    await expect.poll(() => page.locator('.edge-label:focus').count()).toBe(1)
    await press('Escape')
    await expect.poll(() => heading.textContent()).toBe('flights')

    await press(']')
    await expect.poll(() => page.locator('.segments [aria-pressed="true"]').textContent()).toBe('1 min')
    await press('[')
    await press('t')
    await page.locator('.flow-table').waitFor()
    expect(await page.locator('.graph').count()).toBe(0)
    await press('g')
    await page.locator('.graph .stage').first().waitFor()
    await press('ArrowRight')
    await press(' ')
    await page.locator('.live.past').waitFor()
    await press(' ')
    await page.locator('.live.live').waitFor()
    expect(errors).toEqual([])
  }, 60_000)

  test('the table sorts, and says what the graph says', async () => {
    const { page } = await start(slow)
    await page.keyboard.press('t')
    const stages = page.locator('.flow-table table').first()

    await stages.getByRole('button', { name: 'busy' }).click()
    expect(await stages.locator('th[aria-sort="descending"]').textContent()).toContain('busy')
    const busy = (
      await stages.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.children[7]?.textContent ?? ''))
    ).map((text) => Number(text.replace(/[^\d]/g, '')))
    expect(busy).toEqual(busy.toSorted((a, b) => b - a))
    expect(await stages.locator('tbody th').allTextContents()).toHaveLength(6)
  })

  test('the past can be looked at, with the sentence it had, and left again', async () => {
    const { page } = await start(calm)
    await page.locator('.sentence[data-kind="input"]').waitFor()
    await expect
      .poll(async () => Number(await page.locator('.scrubber input').getAttribute('min')))
      .toBeLessThan(Date.now() - 500_000)

    // 20 s before: in the incident before this calm.
    const past = String(Date.now() - 18_000)
    await page.locator('.scrubber input').evaluate((input, value) => {
      const range = input as unknown as { value: string; dispatchEvent(event: Event): void }
      range.value = value
      range.dispatchEvent(new Event('input', { bubbles: true }))
    }, past)

    await page.locator('.live.past').waitFor()
    await page.locator('.sentence[data-kind="gate"], .sentence[data-kind="bottleneck"]').waitFor()
    await page.locator('.live.past').click()
    await page.locator('.sentence[data-kind="input"]').waitFor()
  })

  test('says when it is cut off, and goes on by itself when the server is back', async () => {
    const { page, running, source } = await start(calm)
    await page.locator('.live.live').waitFor()

    await running.close()
    await page.locator('.live.stale').waitFor({ timeout: 15_000 })
    closes(await serveConsole(source, { port: running.port }))

    await page.locator('.live.live').waitFor({ timeout: 20_000 })
  }, 60_000)

  test.each(screens)(
    '$name: no serious finding of axe on any tab, nothing clipped, a screenshot',
    async ({ name, ...screen }) => {
      const { page, errors } = await start(slow + 2000, screen)
      await page.waitForTimeout(1500) // the history arrives, a frame or two passes
      await page.screenshot({ path: `${out}${name}.png`, fullPage: screen.viewport.width < 500 })

      for (const tab of ['charts', 'gates', 'ledger', 'alerts', 'table', 'twin']) {
        await page.locator(`#tab-${tab}`).click()
        await page.locator(`.dock-panel.${tab}`).waitFor()
        expect(await violations(page), `${name} ${tab}`).toEqual([])
        if (tab !== 'charts') await page.screenshot({ path: `${out}${name}-${tab}.png` })
      }
      await page.locator('#tab-charts').click()
      for (const kind of ['.stage', '.edge-label', '.valve-group']) {
        await page.locator(kind).first().click()
        await page.locator('.inspector.open').waitFor()
        expect(await violations(page), `${name} ${kind}`).toEqual([])
        await page.screenshot({ path: `${out}${name}-inspect${kind}.png` })
        await page.locator('.inspector-close').click()
      }
      expect(await clipped(page)).toEqual([])
      expect(errors).toEqual([])
    },
    120_000,
  )

  test.each(screens)(
    '$name: the slots that follow the load, and what an autoscaler is told',
    async ({ name, ...screen }) => {
      const { page, errors } = await start(slow + 2000, screen)
      const inspector = page.locator('.inspector')
      const enrich = page.locator('.stage', { hasText: 'enrich' })
      await expect.poll(() => enrich.locator('.stage-slots').textContent()).toMatch(/^\d\/8 →11$/)
      if (screen.viewport.width > 500) {
        expect(await inspector.textContent()).toMatch(/Replicas.*wanted\d+ % of those there are/)
        await page.screenshot({ path: `${out}${name}-replicas.png` })
      }
      await enrich.click()
      await page.locator('.inspector.open').waitFor()
      expect(await inspector.locator('.scale-track').getAttribute('aria-label')).toBe('8 slots of 2 to 16, 11 wanted')
      expect(await inspector.textContent()).toContain('enrich works 100 % of the time, 75 % is the target')
      await inspector.locator('.scale-track').scrollIntoViewIfNeeded()
      await page.screenshot({ path: `${out}${name}-scale.png` })
      expect(await violations(page)).toEqual([])
      expect(await clipped(page)).toEqual([])
      expect(errors).toEqual([])
    },
    60_000,
  )

  test.each(screens)(
    '$name: a stage that degrades says how far, and a shared memory who holds it',
    async ({ name, ...screen }) => {
      const { page, errors } = await start(0, screen)
      const inspector = page.locator('.inspector')
      const live = page.locator('.stage', { hasText: 'live map' })
      await expect.poll(() => live.locator('.degraded').textContent()).toBe('↓ every tenth')
      if (screen.viewport.width > 500) {
        const resources = inspector.locator('.part', { hasText: 'Resources' })
        await resources.scrollIntoViewIfNeeded()
        expect(await resources.textContent()).toMatch(
          /held by all runs56.* of 128.*shared asmemory.*held byclicks, 42.*waited for room1.*1 edge now/,
        )
        await page.screenshot({ path: `${out}${name}-shared-memory.png` })
      }
      await live.click()
      await page.locator('.inspector.open').waitFor()
      const rungs = inspector.locator('.rungs')
      expect(await rungs.getAttribute('aria-label')).toBe('rung 2 of 3, the first is the best: every tenth')
      expect(await inspector.textContent()).toContain('answersevery tenth (2 of 3)changes of rung5')
      await rungs.scrollIntoViewIfNeeded()
      await page.screenshot({ path: `${out}${name}-rung.png` })
      expect(await violations(page)).toEqual([])
      expect(await clipped(page)).toEqual([])
      await inspector.locator('.inspector-close').click()
      await page.locator('#tab-table').click()
      const row = page.locator('.flow-table tr', { hasText: 'live map' }).first()
      expect(await row.textContent()).toContain('every tenth, 2 of 3')
      await row.locator('td').last().scrollIntoViewIfNeeded()
      await page.screenshot({ path: `${out}${name}-rung-table.png` })
      expect(await violations(page)).toEqual([])
      expect(errors).toEqual([])
    },
    60_000,
  )

  test('stands still for who asked for less motion', async () => {
    const moving = await start(calm)
    expect(await animations(moving.page)).toBeGreaterThan(0)

    const still = await start(calm, { reducedMotion: 'reduce' })
    expect(await animations(still.page)).toBe(0)
  })
})

function animations(page: Page): Promise<number> {
  return page.evaluate('document.getAnimations().length')
}
