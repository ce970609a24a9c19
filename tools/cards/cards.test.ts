import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cardsOf, families } from '../../packages/forebay/test/laws/families.ts'
import { checkPhrase, phraseOf } from '../../packages/forebay/test/laws/phrases.ts'
import { cardLines } from '../../packages/forebay/src/testkit/card.ts'
import { piecesOf } from './inventory.ts'

const root = join(import.meta.dirname, '../..')
const known = await families()
const cards = known.flatMap(cardsOf)
const pieces = piecesOf(root)

describe('every public operator, source, sink and junction', () => {
  it('has a doc comment with the five lines', () => {
    const incomplete = pieces.map(
      ({ of, doc }) => `${of}: ${cardLines.filter((line) => doc?.lines[line] === undefined).join()}`,
    )
    expect(incomplete.filter((text) => !text.endsWith(': '))).toEqual([])
  })

  it('has a card', () => {
    const of = new Set(cards.map(({ card }) => card.of))
    expect(pieces.map((piece) => piece.of).filter((name) => !of.has(name))).toEqual([])
  })

  it('is named by its card as it is exported', () => {
    const names = new Set(pieces.map(({ of }) => of))
    expect(cards.map(({ card }) => card.of).filter((of) => !names.has(of))).toEqual([])
  })
})

const lines = pieces.flatMap(({ of, doc }) => {
  const subjects = cards.filter(({ card }) => card.of === of)
  return cardLines.flatMap((line) => {
    const text = doc?.lines[line]
    return text === undefined || subjects.length === 0 ? [] : [{ of, line, text, subjects }]
  })
})

describe('the line of a card', () => {
  it.each(lines)('$of: $line $text', async ({ line, text, subjects }) => {
    const phrase = phraseOf(line, text)
    if (phrase !== undefined) {
      for (const subject of subjects) await checkPhrase(subject, line, phrase)
      return
    }
    const examples = subjects.filter(({ card }) => card[line] !== undefined)
    expect(examples.length, `no standard phrase, and no example under '${line}' of its card`).toBeGreaterThan(0)
  })
})
