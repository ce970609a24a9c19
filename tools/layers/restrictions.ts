import { layers, products } from './layers.ts'
import type { Layer } from './layers.ts'

/** One entry of oxlint's `no-restricted-imports`. Its regular expressions know no look-around. */
export interface Pattern {
  readonly regex: string
  readonly message: string
}

/** What no file of `layer` may import. */
export function restrictionsOf(layer: Layer): Pattern[] {
  const forbidden = layers.filter(({ name }) => name !== layer.name && !layer.mayImport.includes(name))
  const upward = forbidden.map(({ name }) => name).join('|')
  const lower = layer.mayImport.length === 0 ? 'nothing' : layer.mayImport.join(', ')
  return [
    { regex: `^(\\.\\./)+(${upward})/`, message: `${layer.name} may import ${lower} and its own files` },
    { regex: String.raw`^(\.\./)+index\.ts$`, message: 'a layer never imports an entry file from inside' },
    layer.portable
      ? { regex: '^[^.]', message: `${layer.name} runs everywhere: no node:*, no packages` }
      : { regex: '^([^.n]|n([^o]|o([^d]|d([^e]|e[^:]))))', message: `${layer.name} imports node:*, but no packages` },
  ]
}

/** What the entry files beside the layers may not import; they may join everything that runs everywhere. */
export const entryRestrictions: readonly Pattern[] = [
  { regex: String.raw`^\./(node|testkit|simulate)/`, message: 'the entry runs everywhere, and brings no test code' },
  { regex: '^[^.]', message: 'the entry runs everywhere: no node:*, no packages' },
]

/** What no file of the package `product` may import: packages above it, and the insides of any other. */
export function productRestrictionsOf(product: string): Pattern[] {
  const above = products.slice(products.indexOf(product) + 1)
  const others = ['forebay', ...products].filter((name) => name !== product)
  const inside = {
    regex: `^(\\.\\./)+(packages|${others.join('|')})/`,
    message: 'other packages are imported by their public names',
  }
  if (above.length === 0) return [inside]
  return [{ regex: `^@forebay/(${above.join('|')})(/|$)`, message: `${product} imports nothing above it` }, inside]
}

/** Examples show what a user can write. */
export const exampleRestrictions: readonly Pattern[] = [
  { regex: String.raw`^(\.\./)+packages/`, message: 'an example imports what a user can: the public names' },
]
