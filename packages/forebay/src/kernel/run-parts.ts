import type { RunningEdge } from './run-environment.ts'
import type { StageAccount } from './stage-account.ts'

/** The stages and edges that a run knows of, with ids that are given once. */
export class RunParts {
  readonly stages: Set<StageAccount> = new Set()
  /** With their ids. */
  readonly edges: Map<RunningEdge, string> = new Map()
  readonly #run: string
  #made = 0
  #joined = 0
  /** What is being added by {@link scope}. */
  #added: { readonly stages: StageAccount[]; readonly edges: RunningEdge[] } | undefined

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

  /** Calls `build`; what is returned removes what it has added. Nothing is kept of what throws. */
  scope(build: () => void): () => void {
    const added = (this.#added = { stages: [] as StageAccount[], edges: [] as RunningEdge[] })
    const forget = (): void => {
      for (const stage of added.stages) this.stages.delete(stage)
      for (const edge of added.edges) this.edges.delete(edge)
    }
    try {
      build()
    } catch (error) {
      forget()
      throw error
    } finally {
      this.#added = undefined
    }
    return forget
  }
}
