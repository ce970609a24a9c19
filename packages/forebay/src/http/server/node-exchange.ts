import { rememberCall } from '../call/scope.ts'
import type { PermitOutcome } from '../../kernel/gate.ts'
import type { Refused } from '../signals/to-headers.ts'
import type { Admission } from './admission.ts'
import type { Passage } from './passage.ts'
import { outcomeOfResponse } from './server-options.ts'

/** What is used of a socket. */
export interface NodeSocket {
  once(event: 'close', listener: () => void): unknown
  destroySoon?(): void
}

/** What is used of an `IncomingMessage`. */
export interface NodeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: NodeSocket
  readonly complete: boolean
  on(event: 'data', listener: (chunk: { readonly length: number }) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  resume(): unknown
}

/** What is used of a `ServerResponse`. */
export interface NodeResponse {
  readonly statusCode: number
  readonly headersSent: boolean
  readonly writableFinished: boolean
  /** Of HTTP/2 only. */
  readonly stream?: { close(code: number): unknown }
  setHeader(name: string, value: string): unknown
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown
  write(text: string): unknown
  end(): unknown
  end(text: string): unknown
  once(event: 'close', listener: () => void): unknown
}

const bySocket = new WeakMap<NodeSocket, Set<() => void>>()

/**
 * Takes one exchange of a Node server through the gate. Gives its passage, or a promise of one when it has to wait;
 * `undefined` when it was refused and `answer` has told it, or its client has gone. What functions of the options throw
 * comes as a rejection, always: thrown in the listener of a server it would end the process.
 */
export function enterNode<R>(
  admission: Admission<R>,
  request: R,
  req: NodeRequest,
  res: NodeResponse,
  answer: (refused: Refused) => void,
): Passage | Promise<Passage | undefined> {
  try {
    const passage = admission.passageFor(request, req.headers)
    rememberCall(req, passage.call)
    watch(passage, admission, req, res)
    const open = (): Passage => advertised(passage, admission, res)
    const entered = admission.enter(passage, request)
    if (entered === true) return open()
    return entered.then(open, (error: unknown) => {
      const refused = admission.refusal(error, passage)
      if (refused !== undefined) answer(refused)
      return undefined
    })
  } catch (error) {
    return Promise.reject(error as Error)
  }
}

/**
 * Work that has not begun to answer when its client goes shows its end, where nothing else does, by answering all the
 * same. The response is dead by then, and nobody else's.
 */
function answered(res: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = res.end.bind(res) as (...given: unknown[]) => unknown
    Object.assign(res, {
      end: (...given: unknown[]): unknown => {
        resolve()
        return end(...given)
      },
    })
  })
}

function advertised<R>(passage: Passage, admission: Admission<R>, res: NodeResponse): Passage {
  const fields = admission.advertisement(passage)
  if (fields !== undefined) for (const name of Object.keys(fields)) res.setHeader(name, fields[name] as string)
  return passage
}

/** The answer has gone out: nobody can be told of what the option throws, and thrown from here it would end the process. */
function outcomeOf<R>(admission: Admission<R>, status: number): PermitOutcome {
  try {
    return admission.settings.outcome(status)
  } catch {
    return outcomeOfResponse(status)
  }
}

/**
 * `close` of the response follows its end, and comes alone when the client goes. A pipelined request whose turn has not
 * come has no socket yet and hears nothing of that one's end, so sockets are watched too: with one listener each.
 */
function watch<R>(passage: Passage, admission: Admission<R>, req: NodeRequest, res: NodeResponse): void {
  const { socket } = req
  let listeners = bySocket.get(socket)
  if (listeners === undefined) {
    const own = new Set<() => void>() // bounded by the requests that one connection has open
    bySocket.set(socket, own)
    socket.once('close', () => {
      for (const listener of own) listener()
    })
    listeners = own
  }
  const all = listeners
  const over = (): void => {
    all.delete(over)
    if (res.writableFinished) passage.ended(outcomeOf(admission, res.statusCode))
    else {
      if (!res.headersSent && !passage.isWorking) void passage.work(() => answered(res), false)
      passage.gone()
    }
  }
  all.add(over)
  res.once('close', over)
}
