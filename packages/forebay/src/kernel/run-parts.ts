import type { Meter } from './meter.ts'
import type { RunEnvironment, RunningEdge } from './run-environment.ts'
import { StageAccount } from './stage-account.ts'

/** The stages and edges of one run, each with an id of its own, and the counts of those that are gone. */
export class RunParts {
  readonly stages: Set<StageAccount> = new Set()
  /** With their ids. */
  readonly edges: Map<RunningEdge, string> = new Map()
  readonly #run: string
  #madeStages = 0
  #madeEdges = 0
  /** Of stages that are gone, the first of each kind and name: it keeps the counts of all. */
  readonly #gone = new Map<string, StageAccount>()

  constructor(run: string) {
    this.#run = run
  }

  stage(options: Parameters<RunEnvironment['stage']>[0], meter: Meter | undefined): StageAccount {
    const { name, kind, slots = 1, sync = false, site } = options
    const id = `${this.#run}:s${this.#madeStages++}`
    const stage = new StageAccount({ id, name, kind, slots, sync, meter })
    stage.site = site
    this.stages.add(stage)
    return stage
  }

  edge(edge: RunningEdge): void {
    this.edges.set(edge, `${this.#run}:e${this.#madeEdges++}`)
  }

  /** See `RunEnvironment.part`. */
  part(build: () => void): () => void {
    const [stagesBefore, edgesBefore] = [this.stages.size, this.edges.size]
    build()
    const stages = [...this.stages].slice(stagesBefore)
    const edges = [...this.edges.keys()].slice(edgesBefore)
    return () => {
      for (const edge of edges) this.edges.delete(edge)
      for (const stage of stages) this.#retire(stage)
    }
  }

  #retire(stage: StageAccount): void {
    stage.close()
    const key = `${stage.kind} ${stage.name}`
    const first = this.#gone.get(key)
    if (first === undefined) this.#gone.set(key, stage)
    else if (this.stages.delete(stage)) first.absorb(stage)
  }
}
