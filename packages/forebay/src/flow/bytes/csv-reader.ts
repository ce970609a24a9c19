import { ForebayError } from '../../kernel/errors.ts'
import { NEEDS_MORE } from './framing.ts'

/** How records are written. */
export interface CsvRules {
  readonly separator: string
  readonly quote: string
  /** Characters in a record, with its separators and quotes. */
  readonly maxRecordLength: number
}

/**
 * Records of comma-separated values (RFC 4180) in text that is cut anywhere. A record ends with `\n`, `\r\n` or `\r`;
 * inside quotes everything is allowed, and a quote is written twice. Lines with nothing on them are no records.
 *
 *   start ──"──▶ quoted ──"──▶ closing ──"──▶ quoted
 *     └───────▶ plain ──────────────┴── , or end of line ──▶ start
 */
export class CsvReader {
  /** The line on which the record that is read began, from 1. */
  line = 1
  #text = ''
  #at = 0
  #state: 'start' | 'plain' | 'quoted' | 'closing' = 'start'
  #field = ''
  #fields: string[] = []
  #length = 0
  #lines = 0
  /** The last record ended with `\r`: a `\n` that follows belongs to it. */
  #mayEndTwice = false
  #isOver = false
  readonly #rules: CsvRules

  constructor(rules: CsvRules) {
    this.#rules = rules
  }

  get isInside(): boolean {
    return this.#state !== 'start' || this.#fields.length > 0
  }

  write(text: string): void {
    this.#text = text
    this.#at = 0
  }

  end(): void {
    if (this.#state === 'quoted') throw this.corrupt('the data ends inside quotes')
    this.#isOver = true
  }

  /** The fields of the next record. */
  next(): string[] | typeof NEEDS_MORE {
    while (this.#at < this.#text.length) {
      const from = this.#at
      const isWhole = this.#step(this.#text.charAt(from))
      this.#length += this.#at - from
      if (this.#length > this.#rules.maxRecordLength) {
        const most = this.#rules.maxRecordLength
        throw new ForebayError('FOREBAY_TOO_LARGE', `csv: line ${this.line}: a record of more than ${most} characters`)
      }
      if (!isWhole) continue
      const record = this.#close()
      if (record.length > 1 || record[0] !== '') return record
    }
    if (!this.#isOver || !this.isInside) return NEEDS_MORE
    this.#endField()
    return this.#close()
  }

  corrupt(what: string): ForebayError {
    return new ForebayError('FOREBAY_CORRUPT', `csv: line ${this.line}: ${what}`)
  }

  /** Goes on to the next character that means something; true when it ends a record. */
  #step(character: string): boolean {
    const { quote } = this.#rules
    if (this.#mayEndTwice) {
      this.#mayEndTwice = false
      if (character === '\n') {
        this.#at++
        return false
      }
    }
    switch (this.#state) {
      case 'start':
        this.#state = character === quote ? 'quoted' : 'plain'
        if (character === quote) this.#at++
        return false
      case 'plain':
        return this.#plain()
      case 'quoted':
        this.#quoted()
        return false
      case 'closing':
        if (character !== quote) return this.#afterField(character)
        this.#field += quote
        this.#state = 'quoted'
        this.#at++
        return false
    }
  }

  #plain(): boolean {
    const { separator, quote } = this.#rules
    const text = this.#text
    const from = this.#at
    for (; this.#at < text.length; this.#at++) {
      const character = text[this.#at] as string
      if (character === quote) throw this.corrupt('a quote inside a field that is not quoted')
      if (character !== separator && character !== '\n' && character !== '\r') continue
      this.#field += text.slice(from, this.#at)
      return this.#afterField(character)
    }
    this.#field += text.slice(from)
    return false
  }

  #quoted(): void {
    const found = this.#text.indexOf(this.#rules.quote, this.#at)
    const inside = this.#text.slice(this.#at, found === -1 ? undefined : found)
    this.#field += inside
    for (let at = inside.indexOf('\n'); at !== -1; at = inside.indexOf('\n', at + 1)) this.#lines++
    this.#at += inside.length
    if (found === -1) return
    this.#state = 'closing'
    this.#at++
  }

  #afterField(character: string): boolean {
    this.#at++
    if (character === this.#rules.separator) {
      this.#endField()
      return false
    }
    if (character !== '\n' && character !== '\r')
      throw this.corrupt(`${JSON.stringify(character)} behind a quoted field`)
    this.#mayEndTwice = character === '\r'
    this.#endField()
    return true
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ''
    this.#state = 'start'
  }

  #close(): string[] {
    const record = this.#fields
    this.#fields = []
    this.#length = 0
    this.line += this.#lines + 1
    this.#lines = 0
    return record
  }
}
