import { describe, expect, it } from 'vitest'
import { Screen } from './screen.ts'

/** What a terminal shows after what has been written to it: it knows lines, columns, "up" and "clear from here on". */
class Terminal {
  readonly isTTY = true
  readonly rows: string[] = ['']
  #row = 0
  #column = 0
  columns = 40

  write(text: string): void {
    // oxlint-disable-next-line no-control-regex -- they are what a terminal obeys
    for (const [piece] of text.matchAll(/\u001b\[\d*[A-Z]|[\r\n]|[^\u001b\r\n]+/g)) {
      const row = this.rows[this.#row] ?? ''
      if (piece === '\r') this.#column = 0
      else if (piece === '\n') {
        this.rows[++this.#row] ??= ''
        this.#column = 0
      } else if (piece === '\u001b[J') {
        this.rows.length = this.#row
        this.rows[this.#row] = row.slice(0, this.#column)
      } else if (piece.startsWith('\u001b')) this.#row -= Number(piece.slice(2, -1))
      else {
        this.rows[this.#row] = row.slice(0, this.#column) + piece + row.slice(this.#column + piece.length)
        this.#column += piece.length
      }
    }
  }
}

describe('the screen', () => {
  it('draws a block in place, and keeps lines above it', () => {
    const terminal = new Terminal()
    const screen = new Screen(terminal, {}, false)

    screen.log('began')
    screen.show(['in 1', 'out 1'])
    screen.show(['in 2', 'out 2'])
    screen.log('an incident')
    screen.log('another')
    screen.show(['in 3', 'out 3'])

    expect(terminal.rows).toEqual(['began', 'an incident', 'another', 'in 3', 'out 3', ''])
  })

  it('leaves nothing of the ^C that a terminal shows', () => {
    const terminal = new Terminal()
    const screen = new Screen(terminal, {}, false)

    screen.show(['in 1', 'out 1'])
    terminal.write('^C')
    screen.log('draining')
    screen.show(['in 2', 'out 2'])

    expect(terminal.rows).toEqual(['draining', 'in 2', 'out 2', ''])
  })

  it('cuts what is wider than the terminal, since a line that wraps could not be drawn over', () => {
    const terminal = new Terminal()

    new Screen(terminal, {}, false).show(['x'.repeat(100)])

    expect(terminal.rows[0]).toBe(`${'x'.repeat(38)}…`)
  })

  it('draws over nothing that somebody else has written to the same terminal', () => {
    const terminal = new Terminal()
    const stdout = { isTTY: true, bytesWritten: 0 }
    const screen = new Screen(terminal, stdout, false)

    screen.show(['in 1'])
    terminal.write('a result\n')
    stdout.bytesWritten += 9
    screen.show(['in 2'])
    screen.show(['in 3'])

    expect(terminal.rows).toEqual(['in 1', 'a result', 'in 3', ''])
  })

  it('writes one after the other where there is no terminal, or one that knows no codes', () => {
    for (const [isTTY, isDumb] of [
      [false, false],
      [true, true],
    ] as const) {
      const written: string[] = []
      const screen = new Screen({ isTTY, write: (text) => written.push(text) }, {}, isDumb)

      screen.show(['x'.repeat(200)])
      screen.log('a line')
      screen.show(['b'])

      expect(written).toEqual([`${'x'.repeat(200)}\n`, 'a line\n', 'b\n'])
    }
  })
})
