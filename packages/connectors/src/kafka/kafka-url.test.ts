import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseKafkaUrl } from './kafka-url.ts'

/** What is said of a URL that is refused; empty for one that is taken. */
function refusalOf(url: string): string {
  try {
    parseKafkaUrl(url)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('the URL of a Kafka store', () => {
  it('names brokers, and what a queue that is made is like', () => {
    expect(parseKafkaUrl('kafka://a,b:1,[::1]:2/?partitions=8&replicas=3&prefix=x')).toMatchObject({
      brokers: ['a:9092', 'b:1', '[::1]:2'],
      partitions: 8,
      replicas: 3,
      prefix: 'x',
    })
  })

  it.each([
    'kafka://ada:hush@host:9092',
    'kafka://ada:hu/sh@host',
    'kafka://ada:12?hush@host',
    'kafka://hush@',
    'ada:hush@host',
    'kafka://host:9092/?password=hu@sh',
    'kafka://host:9092/?password=hush',
    'kafka://host:9092/?hush',
    'kafka://host/hush',
    'kafka://host#hush',
  ])('%s is refused, without a name and a password, and with the way that they go', (url) => {
    expect(refusalOf(url)).toMatch(/^RangeError: url: expected .*no password belongs there.*'client'$/)
    expect(refusalOf(url)).not.toMatch(/ada|hu|sh\b/)
    if (url.startsWith('kafka:')) expect(refusalOf(url)).toContain("got 'kafka://…'")
  })

  it('shows nothing of a password, whatever that is and wherever it stands', () => {
    const plain = fc.string({ unit: fc.constantFrom('7', '8', '9'), minLength: 1, maxLength: 6 })
    const hostile = fc.constantFrom('@', '?', '/', '//', '#', ':', '&', ';', '=', '%', '+', '\\', '\n', '[', ',', '%zz')
    const more = fc.constantFrom('%40', '://', 'key=', '&token=', '?x=1', '@host/', '&prefix=', 'kafka://')
    const password = fc
      .array(fc.oneof(plain, hostile, more), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''))
    const url = fc.oneof(
      password.map((secret) => `kafka://me:${secret}@host:1/?partitions=1`),
      password.map((secret) => `kafka://${secret}@host`),
      password.map((secret) => `kafka://host:1/?partitions=1&password=${secret}`),
      password.map((secret) => `kafka://host/?p%61ss=${secret}&replicas=1#b`),
      fc.tuple(password, password).map(([one, two]) => `kafka://me:${one}@host?token=${two}`),
      password.map((secret) => `me:${secret}@host`),
    )
    fc.assert(
      fc.property(url, (text) => {
        expect(refusalOf(text)).toContain('url: expected')
        expect(refusalOf(text).replace('9092', '')).not.toMatch(/[789]/)
      }),
      { numRuns: 2000 },
    )
  })
})
