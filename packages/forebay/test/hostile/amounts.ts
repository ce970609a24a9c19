import { looksBack } from './proxy.ts'

/** What is no number of items that anybody could ask for. */
export const noAmount: Readonly<Record<string, unknown>> = {
  '0': 0,
  '−0': -0,
  '−1': -1,
  '−Infinity': -Infinity,
  '0.5': 0.5,
  '1.5': 1.5,
  'the smallest fraction': Number.MIN_VALUE,
  NaN: Number.NaN,
  '0n': 0n,
  '−1n': -1n,
  'a string of digits': '3',
  'an empty string': '',
  null: null,
  true: true,
  'a list of one number': [2],
  'an object': {},
  'an object worth a number': { valueOf: () => 3 },
  'a boxed number': Object(3),
  'a date': new Date(3),
  'a symbol': Symbol('3'),
  'a function': () => 3,
  'a proxy that throws at every look': looksBack(),
}

/** More items than there are, up to without end. */
export const huge: Readonly<Record<string, number | bigint>> = {
  'a million': 1_000_000,
  '2^30 − 1, which stands for without end inside': 2 ** 30 - 1,
  '2^31': 2 ** 31,
  '2^32 + 1': 2 ** 32 + 1,
  '2^53': 2 ** 53,
  'the largest number': Number.MAX_VALUE,
  Infinity,
  '2^31 as a bigint': 2n ** 31n,
  '2^80 as a bigint': 2n ** 80n,
}
