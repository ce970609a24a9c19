import { drawChart, HEIGHT, WIDTH } from '../../chart/draw-chart.ts'
import { escape } from '../../chart/escape.ts'
import { drawingStyle } from '../../chart/style.ts'
import type { LoadResult } from '../drive/result.ts'
import { chartsOf, type NamedChart } from './charts.ts'
import { remarksOf } from './remarks.ts'
import { columns, rowsOf } from './rows.ts'

const pageStyle = [
  ':root{color-scheme:light dark;--line:#d8dee4;--soft:#57606a;--card:#f6f8fa}',
  'body{margin:0 auto;padding:1.5rem;max-width:84rem;font:15px/1.5 system-ui,sans-serif;background:#fff;color:#1b1f24}',
  'h1{font-size:1.3rem;margin:0 0 .25rem;overflow-wrap:anywhere}p,li{margin:.25rem 0;max-width:60rem}ul{padding-left:1.2rem}',
  '.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:1rem 0}',
  '.figures div{background:var(--card);border-radius:.5rem;padding:.6rem .8rem}',
  '.figures b{display:block;font-size:1.3rem;font-variant-numeric:tabular-nums}.figures span{color:var(--soft);font-size:.85rem}',
  '.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}figure{margin:0}',
  'figcaption{display:flex;flex-wrap:wrap;gap:.1rem .9rem;padding-left:.5rem;font-size:.85rem;color:var(--soft)}',
  'i{display:inline-block;width:1.2rem;border-top:3px solid var(--own);vertical-align:middle;margin-right:.35rem}',
  '.table{overflow-x:auto;margin:1.5rem 0}table{border-collapse:collapse;width:100%;white-space:nowrap}',
  'th,td{padding:.3rem .7rem;text-align:right;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}',
  'th:first-child{text-align:left}th{font-weight:600}.tenant th{font-weight:400}.total td,.total th{background:var(--card)}',
  '@media(prefers-color-scheme:dark){:root{--line:#30363d;--soft:#9da7b3;--card:#161b22}body{background:#0d1117;color:#e6edf3}}',
].join('')

/** The result as one HTML file that needs nothing else. */
export function page(result: LoadResult): string {
  const title = `Load on ${result.url}`
  const rows = rowsOf(result)
  const total = rows[0]?.cells ?? []
  const figures = columns.flatMap((name, column) => {
    const shown = ['offered', 'ok', 'goodput', 'p50', 'p99', 'shed', 'timed out', 'not sent'].includes(name)
    return shown ? [`<div><b>${escape(total[column] ?? '')}</b><span>${escape(name)}</span></div>`] : []
  })
  const head = columns.map((text) => `<th scope="col">${escape(text)}</th>`).join('')
  const body = rows.map(({ kind, cells: [name = '', ...values] }) => {
    const cells = values.map((text) => `<td>${escape(text)}</td>`).join('')
    return `<tr class="${kind}"><th scope="row">${escape(name)}</th>${cells}</tr>`
  })
  const remarks = remarksOf(result).map((text) => `<li>${escape(text)}</li>`)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${pageStyle}${drawingStyle}</style>
<h1>${escape(title)}</h1>
<p>${escape(`${result.playedMs / 1000} s, seed ${result.seed}. Latency counts from the instant at which a request was scheduled, however late it could be sent; requests count where they were scheduled.`)}</p>
<div class="figures">${figures.join('')}</div>
<div class="charts">${chartsOf(result).map(drawing).join('')}</div>
<div class="table" tabindex="0" role="region" aria-label="All figures"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>
<ul>${remarks.join('')}</ul>
</html>
`
}

function drawing(chart: NamedChart): string {
  const legend = chart.names.map((name, index) => {
    const colour = (chart.lines[index]?.colour ?? 0) % 8
    return `<span><i class="s${colour}"></i>${escape(name)}</span>`
  })
  const behind = chart.backdrop === undefined ? '' : '<span>grey: offered</span>'
  return `<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escape(chart.title)}">${drawChart(chart)}</svg><figcaption>${legend.join('')}${behind}</figcaption></figure>`
}
