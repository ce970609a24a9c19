import winkNLP, { type Document } from 'wink-nlp'
import english from 'wink-eng-lite-web-model'

/** What the model finds in a text. */
export interface Reading {
  readonly tokens: number
  readonly sentences: number
  /** From -1 to 1. */
  readonly sentiment: number
  /** Amounts, dates, names of days and the like, at most a hundred. */
  readonly entities: readonly string[]
}

/** A text for the model; `id` comes back with what it has found. */
export interface Question {
  readonly id: number
  readonly text: string
}

export interface Answer {
  readonly id: number
  readonly reading: Reading
}

const nlp = winkNLP(english)
/** The model knows its functions by identity, and calls them without a `this`. */
const its: { readonly sentiment: (this: void, spanItem: number[]) => number } = nlp.its

/** Tokens, parts of speech, sentences, sentiment and entities of a text: wink-nlp with its model of English. */
export function read(text: string): Reading {
  return readingOf(nlp.readDoc(text))
}

function readingOf(document: Document): Reading {
  return {
    tokens: document.tokens().length(),
    sentences: document.sentences().length(),
    sentiment: Number(document.out(its.sentiment)),
    entities: document.entities().out().slice(0, 100),
  }
}

/** What `mapWorker` runs for each question. */
export function answer({ id, text }: Question): Answer {
  return { id, reading: read(text) }
}
