/** What is read of the JSON that vitest reports. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly message?: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** How one store did. `unsupported`: tests left out by a flag of its capabilities; their twins have run instead. */
export interface Tally {
  readonly store: string
  readonly result: 'passed' | 'failed' | 'not run'
  readonly passed: number
  readonly unsupported: number
  readonly failed: readonly string[]
}

/** Counts the tests of each store. A store none of whose tests ran has no server on this machine. */
export function tallyOf(stores: readonly { name: string; file: string }[], report: TestReport): Tally[] {
  return stores.map(({ name, file }) => {
    const suite = report.testResults.find((result) => result.name.endsWith(file))
    const tests = suite?.assertionResults ?? []
    const passed = tests.filter(({ status }) => status === 'passed').length
    const failed = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    if (tests.length === 0 && suite?.message !== undefined && suite.message !== '') failed.push(suite.message)
    const isRun = passed + failed.length > 0
    return {
      store: name,
      result: failed.length > 0 ? 'failed' : isRun ? 'passed' : 'not run',
      passed,
      unsupported: isRun ? tests.filter(isLeftOut).length : 0,
      failed,
    }
  })
}

/** A twin, which says that something cannot be done, is left out where it can. */
function isLeftOut({ fullName, status }: { fullName: string; status: string }): boolean {
  return status !== 'passed' && status !== 'failed' && !fullName.includes(' says that it ')
}
