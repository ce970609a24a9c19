/** Something the page may do to the program, such as starting an incident; offered only with `allowWrite`. */
export interface Command {
  /** Letters, digits and dashes: its place in the URL. */
  readonly name: string
  /** What its button says. */
  readonly title: string
  /** Gets the request's JSON value. A string it returns is shown to the person; an error's message too. */
  readonly run: (input: unknown) => string | void | Promise<string | void>
}
