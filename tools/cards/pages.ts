import { cardLines, examplesOf, lanesOf } from '../../packages/forebay/src/testkit/card.ts'
import type { MarbleExample } from '../../packages/forebay/src/testkit/card.ts'
import { readData, readDemand } from '../../packages/forebay/src/testkit/marbles/lane.ts'
import type { Lanes } from '../../packages/forebay/src/testkit/marbles/marble-run.ts'
import { shapeOf } from '../../packages/forebay/src/testkit/subject.ts'
import { world } from '../../packages/forebay/src/testkit/world.ts'
import { cardsOf, type CardSubject, type Family } from '../../packages/forebay/test/laws/families.ts'
import { callOf } from './call-of.ts'
import type { Piece } from './inventory.ts'
import { nameOf } from './name-of.ts'
import { drawPicture, type NamedLane } from './picture.ts'

/** A page of the reference, by the name of its file. */
export interface Page {
  readonly file: string
  readonly text: string
}

const notice = '<!-- Generated from doc comments and cards: npm run cards -- --write -->'

/** The pages of docs/operators: one for each family, and the index. */
export async function pagesOf(families: readonly Family[], pieces: readonly Piece[]): Promise<Page[]> {
  const filled = families.filter((family) => cardsOf(family).length > 0)
  const pages = await Promise.all(filled.map((family) => familyPage(family, pieces)))
  return [{ file: 'README.md', text: indexPage(filled, pieces) }, ...pages]
}

function indexPage(families: readonly Family[], pieces: readonly Piece[]): string {
  const sections = families.map((family) => {
    const rows = piecesIn(family, pieces).map(
      ({ of, doc }) => `| [\`${of}\`](${family.name}.md#${anchorOf(of)}) | ${doc?.summary ?? ''} |`,
    )
    return [`## [${titleOf(family)}](${family.name}.md)`, family.intro, `| | |\n|---|---|\n${rows.join('\n')}`].join(
      '\n\n',
    )
  })
  return `${[
    '# Operators, sources, sinks and junctions',
    notice,
    'Every one of them says in five lines when it emits, when it backpressures, when it completes, when it cancels and what it loses. The lines are executed: a picture on these pages is what a test has just compared, and every one keeps [the 14 laws](../concepts/testkit.md#the-14-laws).',
    'A picture has two directions. `data` is what the source sends and `demand` what the consumer asks for; `out` is what comes out and `upstream` what the source is asked for in turn. One column is one millisecond; [the marks](../concepts/testkit.md#two-lane-marbles) are those of the testkit: `-` nothing, `3` in a lane of demand three items, `*` without end, `!` cancels, `|` completes, `#` fails.',
    ...sections,
  ].join('\n\n')}\n`
}

async function familyPage(family: Family, pieces: readonly Piece[]): Promise<Page> {
  const sections: string[] = []
  for (const piece of piecesIn(family, pieces)) {
    const subjects = cardsOf(family).filter(({ card }) => card.of === piece.of)
    sections.push(await pieceSection(piece, subjects, family.source))
  }
  const text = [`# ${titleOf(family)}`, notice, family.intro, ...sections].join('\n\n')
  return { file: `${family.name}.md`, text: `${text}\n` }
}

async function pieceSection(piece: Piece, subjects: readonly CardSubject[], source: string): Promise<string> {
  const { of, entry, doc } = piece
  const lines = cardLines.map((line) => `| **${line[0]?.toUpperCase()}${line.slice(1)}** | ${doc?.lines[line] ?? ''} |`)
  const parts = [
    `## ${of}`,
    ...(doc?.text ?? []),
    `\`\`\`text\n${entry === 'forebay' ? '' : `import { ${of} } from '${entry}'\n\n`}${doc?.signature ?? ''}\n\`\`\``,
    `| | |\n|---|---|\n${lines.join('\n')}`,
  ]
  for (const subject of subjects) {
    const picture = await pictureOf(subject)
    if (picture === undefined) continue
    const { card } = subject
    const call = callOf(source, card.of, card.variant)
    const title = subjects.length > 1 ? [`**${nameOf(card)}**`] : []
    parts.push(...title, `\`\`\`text\n${call === undefined ? '' : `${call}\n\n`}${picture}\n\`\`\``)
  }
  return parts.join('\n\n')
}

/** The first picture of a card, with what comes out of it drawn in. */
async function pictureOf(subject: CardSubject): Promise<string | undefined> {
  const examples = cardLines.flatMap((line) => examplesOf(subject.card, line))
  const example = examples.find((candidate): candidate is MarbleExample<any> => typeof candidate === 'object')
  if (example === undefined) return undefined
  const { out, upstream, lost } = await world(1, (w) => lanesOf(subject, example, w).events())
  const { values = {}, data = [], demand = shapeOf(subject).outputs > 1 ? ['*', '*'] : '*' } = example
  const lanes = [
    ...named(
      'data',
      listOf(data).map((lane) => readData(lane, values).events),
    ),
    ...(out.length > 0
      ? named(
          'demand',
          listOf(demand).map((lane) => readDemand(lane).events),
        )
      : []),
    ...named('out', out),
    ...named('upstream', upstream),
  ]
  return [drawPicture(lanes, values), ...notesOf(example, lost)].join('\n')
}

function named(name: string, lanes: readonly NamedLane['events'][]): NamedLane[] {
  return lanes.map((events, at) => ({ name: lanes.length > 1 ? `${name} ${at + 1}` : name, events }))
}

/** What lanes alone do not say. */
function notesOf({ values = {}, error, result }: MarbleExample<any>, lost: Readonly<Record<string, number>>): string[] {
  const named = Object.entries(values).map(([mark, value]) => `${mark} = ${show(value)}`)
  const reasons = Object.entries(lost).map(([reason, items]) => `${items} ${reason}`)
  return [
    ...(named.length > 0 ? [`where     ${named.join(', ')}`] : []),
    ...(reasons.length > 0 ? [`lost      ${reasons.join(', ')}`] : []),
    ...(error === undefined ? [] : [`error     ${error}`]),
    ...(result === undefined ? [] : [`result    ${show(result)}`]),
  ]
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}

function listOf(lanes: Lanes): readonly string[] {
  return typeof lanes === 'string' ? [lanes] : lanes
}

/** The pieces of a family, in the order of its cards. */
function piecesIn(family: Family, pieces: readonly Piece[]): Piece[] {
  const names = [...new Set(cardsOf(family).map(({ card }) => card.of))]
  return names.flatMap((of) => pieces.filter((piece) => piece.of === of))
}

function titleOf({ name }: Family): string {
  const words = name.replaceAll('-', ' ')
  return `${words[0]?.toUpperCase()}${words.slice(1)}`
}

function anchorOf(of: string): string {
  return of.toLowerCase().replaceAll(/[^\w-]/g, '')
}
