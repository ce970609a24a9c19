import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { BuildOptions, Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))
const app = `${root}src/app/`

const common = {
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  target: ['chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'error',
  outdir: root,
} as const satisfies BuildOptions

/** Lets the page import the text of the layout worker, built, as `layout-worker-source`. */
const layoutWorker: Plugin = {
  name: 'layout-worker-source',
  setup: (builder) => {
    builder.onResolve({ filter: /^layout-worker-source$/ }, ({ path }) => ({ path, namespace: 'worker' }))
    builder.onLoad({ filter: /.*/, namespace: 'worker' }, async () => {
      const { outputFiles } = await build({ ...common, entryPoints: [`${app}graph/layout-worker.ts`] })
      return { contents: outputFiles[0]?.text ?? '', loader: 'text' }
    })
  },
}

/** Builds the page: one HTML document with its script, its style and the layout worker written in it. */
export async function buildPage(): Promise<string> {
  const { outputFiles } = await build({ ...common, entryPoints: [`${app}main.tsx`], plugins: [layoutWorker] })
  const script = outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? ''
  const style = outputFiles.find((file) => file.path.endsWith('.css'))?.text ?? ''
  return document(script.replaceAll('</script', '<\\/script').trim(), style.trim())
}

/** Writes the page to where the server reads it, which finds a whole one there at any time. */
export async function writePage(): Promise<void> {
  const page = await buildPage()
  const unfinished = `${root}out/page-${process.pid}.html`
  for (const folder of ['out', 'dist']) mkdirSync(`${root}${folder}`, { recursive: true })
  writeFileSync(unfinished, page)
  renameSync(unfinished, `${root}dist/page.html`)
}

function document(script: string, style: string): string {
  const icon = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'><rect width='24' height='24' rx='6' fill='%231c6fc4'/><path d='M3 9h9v9h9' fill='none' stroke='white' stroke-width='2.6'/></svg>`
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="dark light">',
    '<title>Forebay console</title>',
    `<link rel="icon" href="data:image/svg+xml,${icon.replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('"', "'")}">`,
    `<style>${style}</style>`,
    '</head>',
    '<body><div id="app"></div><noscript>The console needs scripts; the same figures are at /api/snapshot.</noscript>',
    `<script type="module">${script}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}
