import { describe, expect, it } from 'vitest'
import { parsedUrl, shownUrl } from './shown-url.ts'

describe('the URL of a broker as it is shown', () => {
  it.each([
    ['redis://127.0.0.1:6379/2', 'redis://127.0.0.1:6379/2'],
    ['redis://:s3cret@host:1/', 'redis://host:1/'],
    ['postgres://me:s3cret@host:1/db?sslmode=require&password=s3cret', 'postgres://host:1/db?sslmode=require'],
    ['redis://host?PassWord=s3cret&db=1', 'redis://host?db=1'],
    ['redis://host?p%61ssword=s3cret&%zz=s3cret', 'redis://host'],
    ['nats://s3cret@host:4222', 'nats://host:4222'],
    ['kafka://me:s3cret@a:1,b:2/?partitions=8', 'kafka://a:1,b:2/?partitions=8'],
    ['kafka://me:s3cret@a:1,b:2', 'kafka://a:1,b:2'],
    ['redis://host/?name=a@b#s3cret', 'redis://host/?name=a@b'],
    ['amqp://me:s3/cr?et@host:x', 'amqp://host:x'],
    ['amqp://me:s3#cret@host', 'amqp://host'],
    ['me:s3cret@host', 'host'],
    ['', ''],
  ])('%s has no secret', (url, shown) => {
    expect(shownUrl(url)).toBe(shown)
  })

  it('has none either in the error of one that cannot be read', () => {
    const read = (): URL => parsedUrl('amqp://me:s3cret@host:port?token=s3cret', 'a URL such as amqp://host:port')
    expect(read).toThrow(new RangeError("url: expected a URL such as amqp://host:port, got 'amqp://host:port'"))
    expect(parsedUrl('redis://:pass@host', 'one').password).toBe('pass')
  })
})
