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

/** What is shown of a URL, refused or taken. */
function sayingOf(url: string): string {
  return refusalOf(url) || parseKafkaUrl(url).shown
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

  it('says how brokers let somebody in', () => {
    const { brokers, shown, access } = parseKafkaUrl('kafkas://ada:hu%3A%2F%40%25sh@a,b:1/?sasl=plain&ca=ca.pem')
    expect(brokers).toEqual(['a:9092', 'b:1'])
    expect(access).toEqual({
      isTls: true,
      ca: 'ca.pem',
      sasl: { mechanism: 'PLAIN', username: 'ada', password: 'hu:/@%sh' },
    })
    expect(shown).toBe('kafkas://a,b:1/?sasl=plain&ca=ca.pem')
    expect(parseKafkaUrl('kafka://host').access).toEqual({ isTls: false })
    expect(parseKafkaUrl('kafkas://host/?cert=c.pem&key=k.pem').access).toEqual({
      isTls: true,
      cert: 'c.pem',
      key: 'k.pem',
    })
  })

  it('does not send a password itself unless it is told to', () => {
    expect(parseKafkaUrl('kafka://ada:hush@host').access.sasl?.mechanism).toBe('SCRAM-SHA-512')
    expect(parseKafkaUrl('kafka://ada:hush@host/?sasl=scram-sha-256').access.sasl?.mechanism).toBe('SCRAM-SHA-256')
  })

  it.each([
    'kafka://ada:hu/sh@host',
    'kafka://ada:12?hush@host',
    'kafkas://ada:12#hush@host',
    'kafka://hush@',
    'ada:hush@host',
    'kafka://host:9092/?password=hu@sh',
    'kafka://host:9092/?password=hush',
    'kafka://host:9092/?hush',
    'kafka://host/hush',
    'kafka://host#hush',
  ])('%s is refused, without what may be a password, and with the way to write one', (url) => {
    expect(refusalOf(url)).toMatch(/^RangeError: url: expected .*a password encoded \(%40.*$/)
    expect(refusalOf(url)).not.toMatch(/ada|hu|sh\b/)
    if (url.startsWith('kafka:')) expect(refusalOf(url)).toContain("got 'kafka://…'")
  })

  it.each([
    ['kafka://hush@host', 'expected user:password@ in front of the host, got one without the other'],
    ['kafka://hush:@host', 'expected user:password@ in front of the host, got one without the other'],
    ['kafka://:hush@host', 'expected user:password@ in front of the host, got one without the other'],
    ['kafka://ada:hu%sh@host', 'expected every % of the user and the password to be written as %25'],
    ['kafka://ada:hush@host/?sasl=hush', 'expected sasl=plain, scram-sha-256 or scram-sha-512, got another'],
    ['kafka://host/?sasl=plain', 'expected user:password@ in front of the host with sasl=…, got none'],
    ['kafka://host/?ca=hush.pem', 'expected ca, cert and key with kafkas://, which is TLS, got them with kafka://'],
    ['kafkas://host/?key=hush.pem', 'expected cert and key together, got one of them'],
  ])('%s is refused: %s', (url, why) => {
    expect(refusalOf(url)).toBe(`RangeError: url: ${why}`)
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
        const said = sayingOf(text)
        expect(said).toMatch(/^RangeError: url: expected |^kafka:/)
        expect(said).not.toMatch(/[789]/)
      }),
      { numRuns: 2000 },
    )
  })
})
