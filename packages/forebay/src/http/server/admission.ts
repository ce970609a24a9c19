import { ForebayError, isForebayError } from '../../kernel/errors.ts'
import type { Ask } from '../../kernel/gate.ts'
import type { Shed } from '../../kernel/shed.ts'
import { readCall, rungHeader } from '../call/call-headers.ts'
import { ServedCall } from '../call/inbound-call.ts'
import type { HeaderSource } from '../signals/header-source.ts'
import type { Refused } from '../signals/to-headers.ts'
import { refusedBy, toHeaders } from '../signals/to-headers.ts'
import { Passage } from './passage.ts'
import type { ServerOptions, ServerSettings } from './server-options.ts'
import { serverSettings } from './server-options.ts'

/** The half of every server adapter that is the same: what a request asks for, and what it is told when it is refused. */
export class Admission<R> {
  readonly settings: ServerSettings<R>

  constructor(options: ServerOptions<R>) {
    this.settings = serverSettings(options)
  }

  get inherits(): boolean {
    return this.settings.inherit !== false
  }

  /** Whether `request` needs no permit. */
  skips(request: R): boolean {
    return this.settings.skip?.(request) === true
  }

  /** A passage for `request`, which is still without a permit. */
  passageFor(request: R, headers: HeaderSource): Passage {
    const { clock, key, ladder, level, lingerMs } = this.settings
    const said = readCall(headers, clock, this.settings)
    const call = new ServedCall(key?.(request), level?.(request) ?? said.level, said.deadline, clock, ladder?.rung)
    return new Passage(call, lingerMs)
  }

  /** Lets `passage` in: `true` at once when there is a permit, else a promise. Rejects with what {@link refusal} understands. */
  enter(passage: Passage, request: R): true | Promise<true> {
    if (passage.isOver) return Promise.reject(new ForebayError('FOREBAY_CANCELLED', 'the client has gone'))
    const { gate, cost } = this.settings
    const { key, level, deadline } = passage.call
    const ask: Ask = {
      level,
      ...(key !== undefined && { key }),
      ...(deadline !== Infinity && { deadline }),
      ...(cost !== undefined && { cost: cost(request) }),
    }
    return passage.tryEnter(gate, ask) || passage.enter(gate, ask).then(() => true)
  }

  /** What a request is told that `error` kept out; `undefined` when nobody is there to be told. Throws what is neither. */
  refusal(error: unknown, passage: Passage): Refused | undefined {
    if (passage.isOver || isForebayError(error, 'FOREBAY_CANCELLED')) return undefined
    if (!isForebayError(error, 'FOREBAY_SHED')) throw error
    return refusedBy(error as Shed, { ...this.settings, key: passage.call.key })
  }

  /** The fields that go with an answer that was not refused. */
  advertisement(passage: Passage): Record<string, string> | undefined {
    const { advertise, gate } = this.settings
    const { key, rung } = passage.call
    if (advertise !== true && rung === undefined) return undefined
    return {
      ...(advertise === true && toHeaders(gate, { ...this.settings, key })),
      ...(rung !== undefined && { [rungHeader]: rung }),
    }
  }
}
