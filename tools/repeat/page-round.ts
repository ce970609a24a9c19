import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium } from 'playwright-core'
import type { Round } from './flakes.ts'
import { bundleForPages, type PageFiles } from './page-files.ts'
import type { PageReport } from './page/run-tests.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
  '--js-flags=--expose-gc',
]

/** A round in a browser, and what had to stay out of it. */
export interface PageRound extends Round {
  readonly files: number
  readonly left: PageFiles['left']
}

/** Runs the core's tests, or `tests`, once in a page of the Chromium at `path`. */
export async function playPageRound(
  path: string,
  options: { seed: number; trials?: number; tests?: readonly string[] },
): Promise<PageRound> {
  const start = performance.now()
  const { seed, trials = 70, tests } = options
  const made = await bundleForPages({ seed, trials }, tests)
  const server = await serve(made.bundles)
  const browser = await chromium.launch({ executablePath: path, headless: true, args: flags })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await page.waitForFunction('globalThis.runTests !== undefined')
    const report = (await page.evaluate(`runTests(${JSON.stringify(made.tests)}, ${seed})`)) as PageReport
    return {
      runtime: 'Chromium',
      seed,
      passed: report.passed,
      failures: report.failures,
      ms: Math.round(performance.now() - start),
      replay: `npm run repeat -- --times 0 --browser --from ${seed}`,
      files: Object.keys(made.tests).length,
      left: made.left,
    }
  } finally {
    await browser.close()
    server.close()
  }
}

function serve(bundles: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const page =
    '<!doctype html><meta charset="utf-8"><script type="module" src="/tools/repeat/page/run-tests.js"></script>'
  const server = createServer((request, response) => {
    const bundle = bundles.get(request.url ?? '')
    if (request.url === '/') response.setHeader('content-type', 'text/html').end(page)
    else if (bundle === undefined) response.writeHead(404).end()
    else response.setHeader('content-type', 'text/javascript').end(bundle)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}
