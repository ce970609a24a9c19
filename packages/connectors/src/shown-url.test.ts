import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsedUrl, shownUrl } from './shown-url.ts'

describe('the URL of a broker as it is shown', () => {
  it.each([
    ['redis://127.0.0.1:6379/2', 'redis://127.0.0.1:6379/2'],
    ['redis://:s3cret@host:1/', 'redis://host:1/'],
    ['postgres://me:s3cret@host:1/db?sslmode=require&password=s3cret', 'postgres://host:1/db?sslmode=require'],
    ['redis://host?db=1&PassWord=s3cret&a=1', 'redis://host?db=1'],
    ['redis://host?password=s3;cret', 'redis://host'],
    ['redis://host?password=s3&cret', 'redis://host'],
    ['redis://host?password=a@s3cret', 'redis://…'],
    ['redis://host?p%61ssword=s3cret&%zz=s3cret', 'redis://host'],
    ['nats://s3cret@host:4222', 'nats://host:4222'],
    ['kafka://me:s3cret@a:1,b:2/?partitions=8', 'kafka://a:1,b:2/?partitions=8'],
    ['kafka://me:s3cret@a:1,b:2', 'kafka://a:1,b:2'],
    ['redis://host/?name=a@b#s3cret', 'redis://…@b'],
    ['amqp://me:s3/cr?et@host:x', 'amqp://…@host:x'],
    ['amqp://me:s3#cret@host', 'amqp://…@host'],
    ['redis://me:12345?6@host', 'redis://…@host'],
    ['postgres://me:12345/6@host:1/db?x=1&password=7', 'postgres://…@host:1/db?x=1'],
    ['nats://12345?6@host', 'nats://…@host'],
    ['me:s3cret@host', 'host'],
    ['', ''],
  ])('%s has no secret', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
  })

  it('has none whatever the password is, and wherever it stands', () => {
    const scheme = fc.constantFrom('redis://', 'amqp://', 'postgres://', 'nats://', 'kafka://', 'x:', '')
    const plain = fc.string({ unit: fc.constantFrom('7', '8', '9'), minLength: 1, maxLength: 6 })
    const hostile = fc.constantFrom(
      '@',
      '@@',
      '?',
      '??',
      '/',
      '//',
      '#',
      ':',
      '&',
      ';',
      '=',
      '%',
      '+',
      '\\',
      '\n',
      '[',
      '%zz',
      '%40',
      '://',
      'key=',
      '&token=',
      '?x=1',
      '@host/',
    )
    const password = fc.array(fc.oneof(plain, hostile), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
    const url = fc.oneof(
      fc.tuple(scheme, password).map(([start, secret]) => `${start}me:${secret}@host:1/db?x=1`),
      fc.tuple(scheme, password).map(([start, secret]) => `${start}${secret}@host`),
      fc.tuple(scheme, password).map(([start, secret]) => `${start}host:1/?x=1&password=${secret}`),
      fc.tuple(scheme, password).map(([start, secret]) => `${start}host/db?p%61ss=${secret}&a=1#b`),
      fc.tuple(scheme, password, password).map(([start, one, two]) => `${start}me:${one}@host?token=${two}`),
    )
    fc.assert(
      fc.property(url, (text) => {
        expect(shownUrl(text)).not.toMatch(/[789]/)
      }),
      { numRuns: 2000 },
    )
  })

  it('has none either in the error of one that cannot be read', () => {
    const read = (): URL => parsedUrl('amqp://me:s3cret@host:port?token=s3cret', 'a URL such as amqp://host:port')
    expect(read).toThrow(new RangeError("url: expected a URL such as amqp://host:port, got 'amqp://host:port'"))
    expect(parsedUrl('redis://:pass@host', 'one').password).toBe('pass')
  })

  it('is refused when part of a password that was not encoded would be taken for the host and its port', () => {
    const read = (): URL => parsedUrl('redis://me:12345?6@host', 'redis://host')
    expect(read).toThrow(/^url: expected redis:\/\/host, with every .*, got 'redis:\/\/…@host'$/)
    expect(() => parsedUrl('redis://12345/6@host', 'redis://host')).toThrow(RangeError)
    expect(() => parsedUrl('redis://me:6#5@host', 'redis://host')).toThrow(RangeError)
    expect(parsedUrl('redis://me:12345%3F6@host/', 'one').hostname).toBe('host')
  })
})
