// The flagship flow (HTTP door, disk queue, enrichment service with a limit of its own, LMDB table) over 20,000, 200,000
// and all 3,000,000 flights, as fast as the service answers: does memory follow what went through? About ten minutes.
import { median } from '../lib/compare.mjs'
import { runFlights } from '../lib/flights-run.mjs'

const ALL = 3_000_000
const LIMIT_MB = 160
const LIMIT_S = 12 * 60
const name = 'memory'

const mb = (bytes) => Number((bytes / 1e6).toFixed(1))
const text = (count) => count.toLocaleString('en')

export default {
  name,
  rows: async () => {
    // The peak of a short run is a matter of luck: the median of three.
    const few = [await runFlights(20_000), await runFlights(20_000), await runFlights(20_000)]
    const some = [await runFlights(200_000), await runFlights(200_000), await runFlights(200_000)]
    const all = await runFlights(ALL)
    const against = (rows, runs) => {
      const peak = median(runs.map(({ peakBytes }) => peakBytes))
      const ratio = all.peakBytes / peak
      return {
        area: 'flights',
        case: name,
        metric: `peak anonymous memory of ${text(ALL)} flights, MB`,
        ours: mb(all.peakBytes),
        peer: mb(peak),
        peerName: `${text(rows)} flights`,
        ratio: Number(ratio.toFixed(3)),
        goal: '≤ 1.1',
        met: ratio <= 1.1,
      }
    }
    return [
      against(200_000, some),
      against(20_000, few),
      {
        area: 'flights',
        case: name,
        metric: `peak anonymous memory of ${text(ALL)} flights, MB`,
        ours: mb(all.peakBytes),
        goal: `< ${LIMIT_MB}`,
        met: all.peakBytes < LIMIT_MB * 1e6,
      },
      {
        area: 'flights',
        case: name,
        metric: `seconds until ${text(ALL)} flights were acknowledged, none missing (${text(Math.round(ALL / all.seconds))}/s)`,
        ours: Math.round(all.seconds),
        goal: `≤ ${LIMIT_S}`,
        met: all.seconds <= LIMIT_S,
      },
    ]
  },
}
