import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Subject } from '../../src/testkit/subject.ts'

/** The subjects of one file: a page of the reference. */
export interface Family {
  readonly name: string
  /** The doc comment above the first list that it exports. */
  readonly intro: string
  readonly subjects: readonly Subject[]
  /** The text of the file. */
  readonly source: string
}

/** A subject with a card of its own. */
export type CardSubject = Subject & { readonly card: NonNullable<Subject['card']> }

const folder = join(import.meta.dirname, 'subjects')

/** Every family, in the order of the names. A new file in `subjects` is found by itself. */
export async function families(): Promise<Family[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  return Promise.all(files.toSorted().map((file) => familyOf(file.replace(/\.ts$/, ''))))
}

/** The subjects of a family that carry a card. */
export function cardsOf({ subjects }: Family): CardSubject[] {
  return subjects.filter((subject): subject is CardSubject => subject.card !== undefined)
}

async function familyOf(name: string): Promise<Family> {
  const lists = Object.values((await import(`./subjects/${name}.ts`)) as Record<string, unknown>)
  const source = readFileSync(join(folder, `${name}.ts`), 'utf8')
  const intro = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export const \w+: readonly/.exec(source)
  return {
    name,
    intro: (intro?.[1] ?? '').replaceAll(/\s*\n?\s*\*\s/g, ' ').trim(),
    subjects: lists.filter((list) => Array.isArray(list)).flat() as Subject[],
    source,
  }
}
