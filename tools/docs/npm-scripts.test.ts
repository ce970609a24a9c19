import { expect, test } from 'vitest'
import { npmScriptsIn } from './npm-scripts.ts'

test('names every script that a shell snippet calls', () => {
  expect(npmScriptsIn('npm ci && npm start\nnpm -s run check; npm test -- --x\nnpm run -s test:unit')).toEqual([
    'start',
    'check',
    'test',
    'test:unit',
  ])
})

test('sees no script in an installation', () => {
  expect(npmScriptsIn('npm install forebay && npm ci')).toEqual([])
})
