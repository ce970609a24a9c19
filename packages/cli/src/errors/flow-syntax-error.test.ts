import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { syntaxError } from './flow-syntax-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-syntax-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (file: string): string => join(folder, file)

describe('a file that does not compile', () => {
  it('is told with its place and the message once, as the TypeScript loader puts it', () => {
    const error = new Error(`ParseError: Unexpected token, expected ","  \n ${join(folder, 'flow.ts')}:3:24`)

    expect(syntaxError(error, '')?.message).toBe(`${at('flow.ts')}:3:24: Unexpected token, expected ","`)
  })

  it('is told with its place where Node shows the line', () => {
    const error = new SyntaxError("Expected ',', got ')'")
    error.stack = `${join(folder, 'flow.ts')}:3\n\nexport default flow([1,2)\n                        ^\n\n${error.stack}`

    expect(syntaxError(error, '')?.message).toBe(`${at('flow.ts')}:3:25: Expected ',', got ')'`)
  })

  it('is told with its place where Node keeps it to itself, also when it is imported by the flow file', () => {
    writeFileSync(join(folder, 'deep.mjs'), '\nexport const x = [1,2)\n')
    writeFileSync(join(folder, 'flow.mjs'), "import './deep.mjs'\n")
    const error = new SyntaxError("Unexpected token ')'")
    error.stack = `${error.stack?.split('\n')[0]}\n    at compileSourceTextModule (node:internal/modules/esm/utils:346:16)`

    expect(syntaxError(error, pathToFileURL(join(folder, 'flow.mjs')).href)?.message).toBe(
      `${at('deep.mjs')}:2:22: Unexpected token ')'`,
    )
  })

  it('is not taken for a file that compiles and reads bad JSON, which would be run again', () => {
    expect(syntaxError(jsonError(), pathToFileURL(join(folder, 'flow.mjs')).href)).toBeUndefined()
    expect(syntaxError(new Error('something else'), '')).toBeUndefined()
    expect(syntaxError('a string', '')).toBeUndefined()
  })
})

function jsonError(): unknown {
  try {
    return JSON.parse('{')
  } catch (error) {
    return error
  }
}
