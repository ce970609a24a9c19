import type { Duration } from 'forebay'
import type { ScaleOptions } from 'forebay/observe'
import { respond, respondJson } from './respond.ts'
import type { Exchange, Site } from './routes.ts'

/** GET /scale/<flow>: what an autoscaler asks. */
export function scale({ feed: { source } }: Site, { response, query }: Exchange, name: string): void {
  if (source.scale === undefined) return respond(response, 404, 'nothing is said about scaling here\n')
  let report
  try {
    report = source.scale(decodeURIComponent(name), optionsOf(query))
  } catch (error) {
    return respond(response, 400, `${error instanceof Error ? error.message : String(error)}\n`)
  }
  if (report !== undefined) return respondJson(response, 200, report)
  const flows = [...new Set(source.snapshots().map(({ flow }) => flow))]
  respond(response, 404, `no such flow; there ${flows.length === 1 ? 'is' : 'are'}: ${flows.join(', ') || 'none'}\n`)
}

/** Checked where they are used. */
function optionsOf(query: URLSearchParams): ScaleOptions {
  const stage = query.get('stage')
  const use = query.get('use')
  const target = query.get('target')
  return {
    ...(stage !== null && { stage }),
    ...(use !== null && { use: use === '' ? Number.NaN : Number(use) }),
    ...(target !== null && { target: (/^[\d.]+$/.test(target) ? Number(target) : target) as Duration }),
  }
}
