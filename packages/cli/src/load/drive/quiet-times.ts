/** Until when each tenant was told to send nothing. */
export class QuietTimes {
  readonly #until: Float64Array
  /** Answers that had a `Retry-After`; like all accounts, without those while it warmed up. */
  told = 0
  /** Attempts that were sent all the same. */
  ignored = 0

  constructor(tenants: number) {
    this.#until = new Float64Array(tenants)
  }

  tell(tenant: number, untilMs: number): void {
    this.#until[tenant] = Math.max(this.#until[tenant] as number, untilMs)
  }

  /** When `tenant` may send again; in the past when it may. */
  untilOf(tenant: number): number {
    return this.#until[tenant] as number
  }
}
