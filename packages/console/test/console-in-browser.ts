import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { writePage } from '../src/build/build-page.ts'
import { serveConsole } from '../src/index.ts'
import type { ConsoleOptions, ConsoleSource, RunningConsole } from '../src/index.ts'
import { openBrowser } from './open-browser.ts'

/** Where screenshots go. */
export const out: string = fileURLToPath(new URL('../out/', import.meta.url))

/** A console that is served, and a page that shows it. */
export interface OpenConsole {
  readonly page: Page
  /** What the page has thrown or complained of. */
  readonly errors: readonly string[]
  readonly running: RunningConsole
}

/** One browser for the tests of a file, and what they open in it. */
export interface ConsoleBrowser {
  /** Serves `source` and shows it in a context of its own. */
  readonly show: (
    source: ConsoleSource,
    settings?: ConsoleOptions,
    context?: BrowserContextOptions,
  ) => Promise<OpenConsole>
  /** Closes `one` after the test, before what was opened earlier. */
  readonly closes: (one: { close(): unknown }) => void
}

/** Starts the browser at `path` before the tests of the file, and closes it after the last. */
export function consoleBrowser(path: string): ConsoleBrowser {
  let browser: Browser
  const open: { close(): unknown }[] = []

  beforeAll(async () => {
    mkdirSync(out, { recursive: true })
    await writePage()
    browser = await openBrowser(path)
  })
  afterEach(async () => {
    for (const one of open.splice(0).toReversed()) await one.close()
  })
  afterAll(() => browser?.close())

  return {
    closes: (one) => void open.push(one),
    show: async (source, settings = {}, options = {}) => {
      const running = await serveConsole(source, { port: 0, ...settings })
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })
      open.push(running, context)
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())))
      await page.goto(running.url)
      return { page, errors, running }
    },
  }
}
