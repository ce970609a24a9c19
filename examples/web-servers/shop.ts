import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Gate, ServiceLadder } from 'forebay/gates'
import { serviceLadder } from 'forebay/gates'
import { callOf, nodeGate } from 'forebay/http'

/** What each rung costs the shop, ms: everything, no recommendations, or the page as it was last. */
const costs = { full: 60, 'no-recommendations': 20, cached: 1 } as const
type RungName = keyof typeof costs

/** A shop that does less for each request while there is too much, and everything again when it is over. */
export function openShop(gate: Gate): { server: Server; ladder: ServiceLadder<RungName> } {
  const ladder = serviceLadder(gate, Object.keys(costs) as RungName[], { hold: '200ms' })
  const page = async (rung: RungName): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, costs[rung]))
    return `a page (${rung})`
  }
  const server = createServer(
    nodeGate(async (req, res) => res.end(await page(callOf(req)?.rung as RungName)), { gate, ladder }),
  )
  return { server, ladder }
}
