import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A browser with a new profile of its own, which goes when it is closed. */
export function openBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: flags })
}

export const screens = [
  { name: 'dark-1440x900', viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  { name: 'light-1440x900', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  { name: 'dark-390x844', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
  { name: 'light-390x844', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
] as const satisfies readonly (BrowserContextOptions & { name: string })[]
