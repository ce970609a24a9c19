import { OpenQueues } from '../open-queues.ts'
import type { Queue } from '../queue.ts'
import type { Settings } from '../settings.ts'
import type { BrokerPlace } from './broker-link.ts'
import { BrokerQueue } from './broker-queue.ts'

/** A store whose queues are those of a broker; an adapter to one brings the {@link BrokerPlace}. */
export class BrokerStore extends OpenQueues {
  readonly #broker: BrokerPlace

  constructor(place: BrokerPlace) {
    super(place)
    this.#broker = place
  }

  protected open<T>(settings: Settings<T>, onClosed: () => void): Promise<Queue<T>> {
    return BrokerQueue.open(settings, this.#broker, onClosed)
  }
}
