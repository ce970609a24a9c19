import type { Comparison } from 'forebay/simulate'
import { HEIGHT, WIDTH } from '../chart/draw-chart.ts'
import { escape } from '../chart/escape.ts'
import { sharesOf } from './shares.ts'
import { drawingStyle } from '../chart/style.ts'
import { drawPanel } from './draw-panel.ts'
import { panelsOf } from './panels.ts'
import { columns, isText, rowsOf } from './rows.ts'

const pageStyle = [
  ':root{color-scheme:light dark}',
  'body{margin:0 auto;padding:1.5rem;max-width:84rem;font:15px/1.5 system-ui,sans-serif;background:#fff;color:#1b1f24}',
  'h1{font-size:1.3rem;margin:0 0 .25rem;overflow-wrap:anywhere}p{margin:.25rem 0 1rem;max-width:60rem}',
  '.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}',
  '.table{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;width:100%;white-space:nowrap}',
  'th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid #d8dee4;font-variant-numeric:tabular-nums}',
  '.words{text-align:left}th{font-weight:600}.taken{background:#dff3e4}.broken td:first-child::after{content:" ×";color:#b42318}',
  'i{display:inline-block;width:1.4rem;border-top:3px solid var(--own);vertical-align:middle;margin-right:.5rem}',
  '@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}',
  '.taken{background:#12331f}.broken td:first-child::after{color:#ff7b72}}',
].join('')

/** The comparison as one HTML file that needs nothing else. */
export function page(comparison: Comparison, title: string): string {
  const cell = (tag: string, text: string, column: number, before = ''): string =>
    `<${tag}${isText(column) ? ' class="words"' : ''}>${before}${escape(text)}</${tag}>`
  const rows = rowsOf(comparison).map(({ cells, isRecommended, keepsGoal }, index) => {
    const kind = isRecommended ? ' class="taken"' : keepsGoal ? '' : ' class="broken"'
    const swatch = `<i class="s${index % 8}"></i>`
    return `<tr${kind}>${cells.map((text, column) => cell('td', text, column, column === 0 ? swatch : '')).join('')}</tr>`
  })
  const drawings = panelsOf(comparison).map(
    (panel) =>
      `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(panel.title)}">${drawPanel(panel, comparison)}</svg>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${pageStyle}${drawingStyle}</style>
<h1>${escape(title)}</h1>
<p>${escape(comparison.why)}</p>
<div class="panels">${drawings.join('')}</div>
<div class="table" tabindex="0"><table>
<thead><tr>${columns.map((text, column) => cell('th', text, column)).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
${sharesTable(sharesOf(comparison))}</html>
`
}

function sharesTable(rows: readonly string[][]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell, at) => `<${tag}${at === 0 ? ' class="words"' : ''}>${escape(cell)}</${tag}>`).join('')}</tr>`
  const [head = [], ...body] = rows
  return `<div class="table" tabindex="0"><table><thead>${line(head, 'th')}</thead><tbody>${body.map((cells) => line(cells, 'td')).join('\n')}</tbody></table></div>\n`
}
