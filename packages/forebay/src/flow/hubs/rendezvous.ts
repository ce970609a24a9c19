/**
 * Which of `names` a key belongs to: the one that scores highest with it (rendezvous hashing, Thaler and Ravishankar
 * 1998). When a name goes, only its keys move; when one comes, it takes its share of all others.
 */
export function rendezvous<N extends { readonly name: string }>(key: string, nodes: Iterable<N>): N | undefined {
  let best: N | undefined
  let highest = -1
  for (const node of nodes) {
    const score = mixed(hashed(hashed(2_166_136_261, node.name), key))
    if (score > highest || (score === highest && best !== undefined && node.name < best.name)) {
      highest = score
      best = node
    }
  }
  return best
}

/** FNV-1a over UTF-16 units, with a separator so that `ab` `c` differs from `a` `bc`. */
function hashed(seed: number, text: string): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return Math.imul(hash ^ 0x1_00_00, 16_777_619)
}

/** The last step of MurmurHash3: spreads every bit over all, as an unsigned number. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85_eb_ca_6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2_b2_ae_35)
  return (h ^ (h >>> 16)) >>> 0
}
