import { ForebayError } from 'forebay'
import type { LinkEvents, Settings } from 'forebay/queue'
import { VirtualClock } from 'forebay/testkit'
import { expect, it } from 'vitest'
import { AskingLink } from './asking-link.ts'
import type { Taken } from './asking-taker.ts'

/** What mending meets, one after the other; nothing when it goes well. */
class Mending extends AskingLink<{ isAway: boolean }> {
  readonly meets: (Error | Promise<void>)[] = []
  mended = 0

  protected take(): Promise<Taken> {
    return Promise.resolve({ messages: [], expired: [], dueMs: Infinity })
  }

  protected async mend(): Promise<void> {
    this.mended++
    const next = this.meets.shift()
    if (next instanceof Error) throw next
    await next
  }

  protected leave(): void {}
}

function away(): { link: Mending; told: string[]; clock: VirtualClock; connection: { isAway: boolean } } {
  const clock = new VirtualClock()
  const told: string[] = []
  const connection = { isAway: false }
  const link = new Mending({
    connection,
    settings: { clock, random: { next: () => 0.5 } } as unknown as Settings<unknown>,
    events: { pause: () => told.push('pause'), resume: () => told.push('resume') } as unknown as LinkEvents,
    onClosed: () => undefined,
  })
  link.away('it broke')
  return { link, told, clock, connection }
}

const later = (): Error => new ForebayError('FOREBAY_UNAVAILABLE', 'busy', { retryable: true })
const never = (): Error => new ForebayError('FOREBAY_UNAVAILABLE', 'not allowed', { retryable: false })

it('goes on when it is mended, however often that has to be tried', async () => {
  const { link, told, clock } = away()
  link.meets.push(later(), later())
  await link.back()
  await clock.advance(500)
  expect(link.mended).toBe(2)
  expect(told).toEqual(['pause'])
  await clock.advance(500)
  expect(link.mended).toBe(3)
  expect(told).toEqual(['pause', 'resume'])
  await clock.advance(5000)
  expect(link.mended).toBe(3)
})

it('goes on with what can never be mended', async () => {
  const { link, told } = away()
  link.meets.push(never())
  await link.back()
  expect(told).toEqual(['pause', 'resume'])
})

it('leaves mending to the next return when it breaks again, and to nobody when it is closed', async () => {
  const { link, told, clock, connection } = away()
  link.meets.push(later())
  await link.back()
  connection.isAway = true
  link.away('again')
  await clock.advance(5000)
  expect(link.mended).toBe(1)
  connection.isAway = false
  await link.back()
  expect(told).toEqual(['pause', 'pause', 'resume'])
  link.away('and again')
  link.meets.push(later())
  await link.back()
  await link.close()
  await clock.advance(5000)
  expect(link.mended).toBe(3)
  expect(told).toEqual(['pause', 'pause', 'resume', 'pause'])
})

it('does not take the mending of an earlier absence for that of a later one', async () => {
  const { link, told } = away()
  let mend = (): void => {}
  link.meets.push(new Promise((resolve) => (mend = resolve)))
  const first = link.back()
  link.away('again')
  mend()
  await first
  expect(told).toEqual(['pause', 'pause'])
  await link.back()
  expect(told).toEqual(['pause', 'pause', 'resume'])
})
