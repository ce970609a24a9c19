import type { Comparison } from 'forebay/simulate'
import { HEIGHT, WIDTH } from '../chart/draw-chart.ts'
import { escape } from '../chart/escape.ts'
import { drawingStyle } from '../chart/style.ts'
import { drawPanel } from './draw-panel.ts'
import { panelsOf } from './panels.ts'

const LEGEND_ROW = 20

/** All panels, one below the other, as a file of its own. */
export function chart(comparison: Comparison, title: string): string {
  const panels = panelsOf(comparison)
  const top = 30 + comparison.outcomes.length * LEGEND_ROW
  const height = top + panels.length * HEIGHT
  const legend = comparison.outcomes.map(({ strategy }, index) => {
    const y = 40 + index * LEGEND_ROW
    const swatch = `<line class="line s${index % 8}" x1="12" x2="36" y1="${y - 4}" y2="${y - 4}"/>`
    return `${swatch}<text x="44" y="${y}">${escape(strategy)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${drawingStyle}</style><rect width="100%" height="100%" style="fill:var(--ground)"/>`,
    `<text class="title" x="12" y="18">${escape(title)}</text>`,
    ...legend,
    ...panels.map(
      (panel, index) => `<g transform="translate(0 ${top + index * HEIGHT})">${drawPanel(panel, comparison)}</g>`,
    ),
    '</svg>\n',
  ].join('\n')
}
