import type { Transport } from '@forebay/cli/load'
import { VirtualClock } from 'forebay/testkit'
import { readSignals } from 'forebay/http'
import type { Answer, B } from './b.ts'
import type { Link, Network } from './network.ts'

const WAY_MS = 1

/** No network at all, one millisecond each way, in virtual time: the same figures on every machine. */
export class VirtualNetwork implements Network {
  readonly clock: VirtualClock = new VirtualClock()

  connect(b: B): Promise<Link> {
    const way = (): Promise<void> => new Promise((resolve) => this.clock.after(WAY_MS, resolve))
    const send = async (): Promise<Answer> => {
      await way()
      const answer = await b.answer()
      await way()
      return answer
    }
    const exchange = async (done: Parameters<Transport['send']>[1]): Promise<void> => {
      const { status, headers } = await send()
      done({ status, retryAfterMs: readSignals(headers, this.clock).retryAfterMs })
    }
    const transport: Transport = {
      send: (_, done) => {
        void exchange(done)
        return { abort: () => {} }
      },
      close: () => Promise.resolve(),
    }
    return Promise.resolve({ url: 'http://127.0.0.1/', send, transport, close: () => Promise.resolve() })
  }

  async pass<T>(played: Promise<T>): Promise<T> {
    let isOver = false
    const over = (): void => void (isOver = true)
    played.then(over, over)
    while (!isOver) await this.clock.advance(1000)
    return played
  }
}
