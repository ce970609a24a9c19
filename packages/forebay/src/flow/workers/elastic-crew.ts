import type { RunEnvironment } from '../../kernel/run-environment.ts'
import type { StageAccount } from '../../kernel/stage-account.ts'
import type { Elastic } from '../elastic/elastic.ts'
import { Scaler } from '../elastic/scaler.ts'
import { Crew } from './crew.ts'
import type { CrewWork } from './crew-options.ts'
import type { StartWorker } from './worker-port.ts'

/** A crew with as many workers as its load needs. */
export class ElasticCrew extends Crew {
  readonly #elastic: Elastic
  #scaler: Scaler | undefined

  constructor(
    start: StartWorker,
    work: CrewWork,
    bound: number,
    elastic: Elastic,
    env: RunEnvironment,
    stage: StageAccount,
  ) {
    super(start, work, bound, env, stage)
    this.#elastic = elastic
    stage.resize(elastic.min)
  }

  override open(): void {
    this.#scaler = new Scaler(
      this.#elastic,
      this.env,
      this.stage,
      (workers) => this.resize(workers),
      () => this.isReady(),
    )
    this.resize(this.#elastic.min)
  }

  protected override settle(): void {
    this.#scaler?.moved()
    super.settle()
  }

  protected override inputEnded(): void {
    this.#scaler?.close()
    super.inputEnded()
  }

  protected override close(reason: unknown): void {
    this.#scaler?.close()
    super.close(reason)
  }
}
