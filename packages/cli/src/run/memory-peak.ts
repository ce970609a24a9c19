import { readFileSync } from 'node:fs'

/** The peak of this process's memory with its workers, which share its address space. */
export interface MemoryPeak {
  /** Anonymous resident memory: what the program holds itself, without mapped files. */
  readonly peakAnonBytes: number
  readonly peakRssBytes: number
}

/** Watches memory every `everyMs`. Linux tells anonymous memory apart; elsewhere the whole resident set stands for it. */
export function watchMemory(everyMs = 100): { now(): number; stop(): MemoryPeak } {
  let peakAnonBytes = 0
  let peakRssBytes = 0
  const look = (): number => {
    const { anon, rss } = resident()
    peakAnonBytes = Math.max(peakAnonBytes, anon)
    peakRssBytes = Math.max(peakRssBytes, rss)
    return anon
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  look()
  return {
    now: look,
    stop: () => {
      clearInterval(timer)
      look()
      return { peakAnonBytes, peakRssBytes }
    },
  }
}

function resident(): { anon: number; rss: number } {
  try {
    const status = readFileSync('/proc/self/status', 'latin1')
    const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
    return { anon: kib('RssAnon') * 1024, rss: kib('VmRSS') * 1024 }
  } catch {
    const { rss } = process.memoryUsage()
    return { anon: rss, rss }
  }
}
