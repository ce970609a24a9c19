import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** The page as built: one HTML file that needs nothing else. */
export interface Page {
  readonly html: Buffer
  readonly gzipped: Buffer
  /** Content-Security-Policy that lets run exactly the script and the style written in the page. */
  readonly policy: string
}

const built = new URL('../../dist/page.html', import.meta.url)

/** Reads the built page. Throws when the package was not built. */
export function loadPage(location: URL = built): Page {
  const html = readFileSync(location)
  return { html, gzipped: gzipSync(html, { level: 9 }), policy: contentPolicy(html.toString('utf8')) }
}

/** The layout worker is a blob made by the script; everything else that is not listed is forbidden, other hosts too. */
export function contentPolicy(html: string): string {
  return [
    `default-src 'none'`,
    `script-src ${hashes(html, 'script')}`,
    `style-src ${hashes(html, 'style')}`,
    `worker-src blob:`,
    `connect-src 'self'`,
    `img-src data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

function hashes(html: string, tag: 'script' | 'style'): string {
  const bodies = [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    (match) => match[1] ?? '',
  )
  if (bodies.length === 0) return `'none'`
  return bodies.map((body) => `'sha256-${createHash('sha256').update(body).digest('base64')}'`).join(' ')
}
