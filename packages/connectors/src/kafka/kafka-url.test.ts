import { expect, it } from 'vitest'
import { parseKafkaUrl } from './kafka-url.ts'

it('shows no name and no password of a URL that it refuses', () => {
  const urls = [
    'kafka://ada:hush@host:9092',
    'kafka://ada:hu/sh@host',
    'kafka://ada:12?hush@host',
    'kafka://hush@',
    'ada:hush@host',
  ]
  for (const url of urls) {
    let message = ''
    try {
      parseKafkaUrl(url)
    } catch (error) {
      message = String(error)
    }
    expect(message).toContain('RangeError: url: expected')
    expect(message).not.toMatch(/ada|hu|sh/)
  }
})
