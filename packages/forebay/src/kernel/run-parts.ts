import type { RunningEdge } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** Kinds and names of stages whose counts are kept; a flow that names its parts anew for ever is not followed further. */
const MAX_GONE = 32

/** The stages and edges that a run knows of, with ids that are given once, and the counts of those that are gone. */
export class RunParts {
  readonly stages: Set<StageAccount> = new Set()
  /** With their ids. */
  readonly edges: Map<RunningEdge, string> = new Map()
  readonly #run: string
  #made = 0
  #joined = 0
  /** What is being added by {@link scope}. */
  #added: { readonly stages: StageAccount[]; readonly edges: RunningEdge[] } | undefined
  /** Of stages that are gone, the first of each kind and name: it keeps the counts of all. */
  readonly #gone = new Map<string, StageAccount>()

  constructor(run: string) {
    this.#run = run
  }

  stage(make: (id: string) => StageAccount): StageAccount {
    const stage = make(`${this.#run}:s${this.#made++}`)
    this.stages.add(stage)
    this.#added?.stages.push(stage)
    return stage
  }

  edge(edge: RunningEdge): void {
    this.edges.set(edge, `${this.#run}:e${this.#joined++}`)
    this.#added?.edges.push(edge)
  }

  /** Calls `build`; what is returned removes what it has added, but for its counts. Nothing is kept of what throws. */
  scope(build: () => void): () => void {
    const added = (this.#added = { stages: [] as StageAccount[], edges: [] as RunningEdge[] })
    const forget = (retire: (stage: StageAccount) => void): void => {
      for (const stage of added.stages) retire(stage)
      for (const edge of added.edges) this.edges.delete(edge)
    }
    try {
      build()
    } catch (error) {
      forget((stage) => this.stages.delete(stage))
      throw error
    } finally {
      this.#added = undefined
    }
    return () => forget((stage) => this.#retire(stage))
  }

  #retire(stage: StageAccount): void {
    if (!this.stages.has(stage)) return
    stage.close()
    const key = `${stage.kind} ${stage.name}`
    const first = this.#gone.get(key)
    if (first === stage) return
    if (first !== undefined) first.absorb(stage)
    else if (this.#gone.size < MAX_GONE) {
      this.#gone.set(key, stage)
      return
    }
    this.stages.delete(stage)
  }
}
