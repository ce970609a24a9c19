import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/scenarios.md'), 'utf8')
const commands = [...page.matchAll(/`((?:npx|npm) [^`]+)`/g)].map(([, command]) => command as string)
const paths = (command: string): string[] =>
  command.split(' ').filter((word) => /^(packages|examples|tools|bench)\//.test(word))

describe('the commands of the scenarios', () => {
  test('are found', () => expect(commands.length).toBeGreaterThan(15))

  test.each(commands.flatMap((command) => paths(command).map((path) => [path, command])))(
    '%s exists, for %s',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true)
    },
  )
})
