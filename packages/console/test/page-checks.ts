import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Rules of axe that the page breaks, serious and critical ones. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map((node) => node.html.slice(0, 120) + " " + node.any.map(({ message }) => message)).join(' | ')))`)
}

/** Texts of the graph and the sentence that do not fit where they are. */
export function clipped(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('.stage-rate, .stage-foot, .edge-held, .sentence, .valve-figure, .strip-title, .gate-name, .gate-state, .breaker-band-name')]
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.className + ': ' + element.textContent)`)
}

/** What `selector` finds that begins or ends beside the screen. */
export function offScreen(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})]
    .filter((element) => { const { left, right } = element.getBoundingClientRect(); return left < 0 || right > innerWidth })
    .map((element) => element.textContent || element.getAttribute('aria-label'))`)
}
