import { systemClock } from 'forebay'
import type { BrowserContextOptions } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { requireService } from '../../../tools/services/require-service.ts'
import { consoleBrowser, out, type OpenConsole } from './console-in-browser.ts'
import { screens } from './open-browser.ts'
import { clipped, violations } from './page-checks.ts'
import { stormSource } from './storm-source.ts'

const chromium = await requireService('chromium')
/** Two moments in which the breaker was open lie before it. */
const past = 45_000

describe.skipIf(!chromium.available)('gates in a browser', () => {
  const { show, closes } = consoleBrowser(chromium.path)

  async function start(options: BrowserContextOptions = {}): Promise<OpenConsole> {
    const source = await stormSource(systemClock, past)
    closes(source)
    const shown = await show(source, {}, options)
    await shown.page.locator('.gate-card .strip canvas').first().waitFor()
    return shown
  }

  test('shows of gates without a flow who asks for more than his share, who is refused, and who is given what he asks', async () => {
    const { page, errors } = await start()
    const card = page.getByRole('article', { name: 'gate z' })
    const rowOf = async (caller: string): Promise<number[]> => {
      const cells = await card
        .locator('tbody tr', { has: page.getByRole('rowheader', { name: caller, exact: true }) })
        .locator('td')
        .allTextContents()
      return cells.slice(0, 4).map((text) => Number(text.replaceAll(',', '')))
    }

    await expect
      .poll(() => page.locator('.sentence').textContent(), { timeout: 20_000 })
      .toMatch(/^Z refuses .* Most of all A|of z is open/i)
    const [[askedA, givenA, , refusedA], [askedB, givenB], [askedC, givenC]] = (await Promise.all([
      rowOf('A'),
      rowOf('B'),
      rowOf('C'),
    ])) as [number[], number[], number[]]
    expect(refusedA!).toBeGreaterThan(0.5 * askedA!)
    expect(givenA!).toBeGreaterThan(0)
    expect(givenB! / askedB!).toBeGreaterThan(0.85) // what is missing fell on an open breaker
    expect(givenC! / askedC!).toBeGreaterThan(0.85)
    expect(await card.locator('.breaker-span.open').count()).toBeGreaterThan(0)
    expect(
      await page
        .getByRole('article', { name: 'gate door' })
        .getByRole('rowheader', { name: /^stranger/ })
        .count(),
    ).toBe(0)
    expect(await page.locator('.graph').count()).toBe(0)
    expect(errors).toEqual([])
  }, 60_000)

  test('is live, and tells of a gate that is chosen from the keyboard what it has decided lately', async () => {
    const { page } = await start()
    const asked = page.getByRole('article', { name: 'gate z' }).locator('tbody td').first()
    const before = await asked.textContent()
    await expect.poll(() => asked.textContent()).not.toBe(before)

    await page.locator('.gate-name').first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.inspector h2').textContent()).toBe('z')
    const decisions = page.locator('.inspector .decisions')
    expect(await decisions.textContent()).toMatch(/A: .* refused work \((evicted|open|rate)\)/)
    expect(await decisions.textContent()).toMatch(/backend (closed|half-open) → /)
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    await page.locator('.flow-table').waitFor()
    await page.keyboard.press('v')
    await page.locator('.gate-cards').waitFor()
  }, 60_000)

  test.each(screens)(
    'gates, $name: no serious finding of axe, nothing clipped, a screenshot',
    async ({ name, ...screen }) => {
      const { page, errors } = await start(screen)
      await page.waitForTimeout(1500) // the history arrives, a frame or two passes
      await page.screenshot({ path: `${out}gates-${name}.png`, fullPage: screen.viewport.width < 500 })

      expect(await violations(page)).toEqual([])
      expect(await clipped(page)).toEqual([])
      await page.locator('.gate-name').first().click()
      await page.locator('.inspector.open .decisions').waitFor()
      expect(await violations(page)).toEqual([])
      await page.screenshot({ path: `${out}gates-${name}-inspect.png` })
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      expect(errors).toEqual([])
    },
    60_000,
  )
})
