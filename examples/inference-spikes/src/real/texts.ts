import { readdirSync, readFileSync } from 'node:fs'

/** A page has so many characters: some 7,000 tokens. */
const PAGE = 30_000
/** Every page begins so much further on than the one before. */
const STEP = 5000
/** A paragraph that somebody asks about, characters. */
export const PARAGRAPH: { readonly least: number; readonly most: number } = { least: 150, most: 700 }
/** How many characters a token of these texts has, blanks included; what a request costs is estimated by it. */
export const CHARACTERS_PER_TOKEN = 4.3

/** English that is at hand: the guides of this repository, without their programs. */
export interface Texts {
  /** What people ask about: a paragraph each. */
  readonly paragraphs: readonly string[]
  /** What jobs have read: long pages. */
  readonly pages: readonly string[]
}

export function guides(): Texts {
  const folder = new URL('../../../../docs/', import.meta.url)
  const all = ['concepts', 'guides'].flatMap((name) =>
    readdirSync(new URL(`${name}/`, folder))
      .filter((file) => file.endsWith('.md'))
      .toSorted()
      .flatMap((file) => paragraphsOf(readFileSync(new URL(`${name}/${file}`, folder), 'utf8'))),
  )
  const paragraphs = all.filter(({ length }) => length >= PARAGRAPH.least && length <= PARAGRAPH.most)
  const whole = all.join('\n\n')
  const pages: string[] = []
  for (let at = 0; at + PAGE <= whole.length; at += STEP) pages.push(whole.slice(at, at + PAGE))
  return { paragraphs, pages }
}

function paragraphsOf(page: string): string[] {
  return page
    .replaceAll(/```[\s\S]*?```/g, '')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll(/[^\x20-\x7e]+|[`*|[\]]/g, ' ').trim())
    .filter((paragraph) => /^[A-Z]/.test(paragraph))
}
