import { expect, it } from 'vitest'
import { cardinalityOf, operator, type Operator } from './operator.ts'

const fn = (value: number): number => value

it('an operator gives one item for one, but a filter, and what says otherwise', () => {
  const made = operator('pairs', { cardinality: 'join' }, (down) => down)
  const kinds: Operator[] = [
    { kind: 'map', name: 'map', fn },
    { kind: 'tap', name: 'tap', fn },
    { kind: 'filter', name: 'filter', fn },
    made,
  ]
  expect(kinds.map(cardinalityOf)).toEqual(['one', 'one', 'filter', 'join'])
})

it('an operator of your own holds nothing, unless it says how much', () => {
  const create: Extract<Operator, { kind: 'stateful' }>['create'] = (down) => down
  expect(operator('own', { cardinality: 'one' }, create)).toEqual({
    kind: 'stateful',
    name: 'own',
    cardinality: 'one',
    bound: 0,
    create,
  })
  expect(operator('own', { cardinality: 'many', bound: 8, loses: 'old ones', bulk: true }, create)).toMatchObject({
    bound: 8,
    loses: 'old ones',
    bulk: true,
  })
})
