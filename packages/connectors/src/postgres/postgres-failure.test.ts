import { expect, it } from 'vitest'
import { failureOf } from './postgres-failure.ts'

const withCode = (code: string): Error => Object.assign(new Error('what it said'), { code })

it.each([
  ['53100', 'disk', true],
  ['57P01', 'away', true],
  ['53300', 'away', true],
  ['25006', 'away', true],
  ['57014', 'call', true],
  ['40P01', 'call', true],
  ['42P01', 'call', false],
  ['ECONNREFUSED', 'away', true],
  ['EPIPE', 'away', true],
])('takes %s for a failure of the kind %s, retryable %s', (code, kind, retryable) => {
  expect(failureOf(withCode(code))).toMatchObject({ kind, error: { code: 'FOREBAY_UNAVAILABLE', retryable } })
})

it('takes an error without a code for a connection that broke', () => {
  expect(failureOf(new Error('Query read timeout'))).toMatchObject({ kind: 'away', error: { retryable: true } })
})
