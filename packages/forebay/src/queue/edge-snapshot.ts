import type { DurableEdge } from '../kernel/durable.ts'
import type { EdgeSnapshot } from '../kernel/snapshot.ts'
import type { StageAccount } from '../kernel/stage-account.ts'

/** The picture of a durable edge: what its junction has counted, and what the store knows. */
export function edgeSnapshot(
  edge: DurableEdge,
  counted: Pick<EdgeSnapshot, 'id' | 'name' | 'to' | 'policy' | 'length' | 'credit' | 'put' | 'taken' | 'dropped'> & {
    upstream: StageAccount | undefined
  },
): EdgeSnapshot {
  const { upstream, ...known } = counted
  const { bytes, oldestMs, suspects = 0 } = edge.depth()
  return {
    ...known,
    from: upstream?.id ?? '',
    durable: true,
    capacity: edge.capacityItems,
    bytes,
    capacityBytes: edge.capacityBytes,
    oldestMs,
    blockedMs: upstream?.blockedMs() ?? 0,
    ...(suspects > 0 && { suspects }),
  }
}
