/** Eight colours that the colour-blind can tell apart (Okabe and Ito, 2008), a little lighter on dark ground. */
const light = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9', '#000000', '#7f3fbf']
const dark = ['#5db1ff', '#ff8c42', '#2fd39f', '#f0a3cc', '#e9c52f', '#9ad7ff', '#e8e8e8', '#c19cff']

const lines = (colours: readonly string[]): string =>
  colours.map((colour, index) => `.s${index}{stroke:${colour};--own:${colour}}`).join('')

/** Style of every drawing: it follows the theme of whoever looks. */
export const drawingStyle: string = [
  'svg{--ink:#1b1f24;--soft:#57606a;--grid:#d8dee4;--ground:#fff;--fill:#eaeef2;--goal:#b42318}',
  'text{fill:var(--ink);font:12px system-ui,sans-serif}.label{fill:var(--soft);font-size:11px}.title{font-weight:600}',
  '.grid{stroke:var(--grid)}.phase{stroke:var(--soft);stroke-dasharray:2 4}.backdrop{fill:var(--fill)}',
  '.limit{stroke:var(--goal);stroke-dasharray:6 3}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}',
  lines(light),
  '@media(prefers-color-scheme:dark){svg{--ink:#e6edf3;--soft:#9da7b3;--grid:#30363d;--ground:#0d1117;--fill:#21262d;',
  `--goal:#ff7b72}${lines(dark)}}`,
].join('')
