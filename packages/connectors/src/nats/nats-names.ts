/** What a queue is called in JetStream: a stream for its messages, one for its dead letters, one for what became of tries. */
export interface NatsNames {
  readonly stream: string
  readonly subject: string
  readonly consumer: string
  readonly deadStream: string
  readonly deadSubject: string
  readonly fateStream: string
  /** What follows is the number of the message. */
  readonly fateSubject: string
}

/** Neither streams nor parts of subjects may have a dot in their names; no queue has a tilde in its own. */
const DOT = '~'

/** Names that begin with a prefix, so that programs that share a server do not share queues. */
export function natsNames(prefix: string, queue: string): NatsNames {
  const name = queue.replaceAll('.', DOT)
  return {
    stream: `${prefix}-queue-${name}`,
    subject: `${prefix}.queue.${name}`,
    consumer: 'forebay',
    deadStream: `${prefix}-dead-${name}`,
    deadSubject: `${prefix}.dead.${name}`,
    fateStream: `${prefix}-fate-${name}`,
    fateSubject: `${prefix}.fate.${name}`,
  }
}

/** The queue that a stream holds, if it holds one. */
export function queueOfStream(prefix: string, stream: string): string | undefined {
  const start = `${prefix}-queue-`
  return stream.startsWith(start) ? stream.slice(start.length).replaceAll(DOT, '.') : undefined
}
