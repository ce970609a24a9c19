/** How an input ended. */
export interface InputEnd {
  readonly failed: boolean
  readonly error: unknown
}
