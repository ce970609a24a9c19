import type { Verdict } from 'forebay/observe'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { duration, percent, rate } from '../model/format.ts'
import { flow, nameOf, selected, verdict } from '../state/state.ts'
import { VerdictIcon } from './icons.tsx'

const spokenEveryMs = 5000

const tones: Readonly<Record<string, string>> = {
  bottleneck: 'orange',
  loop: 'orange',
  source: 'orange',
  deadlock: 'alarm',
  stall: 'alarm',
  gate: 'violet',
  input: 'blue',
  calm: 'blue',
  done: 'grey',
}

/** The sentence that names what limits the flow, and the figures behind it. */
export function VerdictBand(): JSX.Element {
  const found = verdict.value
  const kind = found?.kind ?? 'calm'
  return (
    <section class={`verdict ${tones[kind] ?? 'blue'}`} aria-label="Verdict">
      <VerdictIcon kind={kind} />
      <div class="verdict-words">
        <p class="sentence" data-kind={kind}>
          {found === undefined ? 'Listening…' : <Sentence found={found} />}
        </p>
        <p class="evidence">{found === undefined ? ' ' : evidenceOf(found).join('  ·  ')}</p>
      </div>
      <Spoken />
    </section>
  )
}

/** The sentence, its first letter a capital, with the culprit's name as a way to it. */
function Sentence({ found }: { found: Verdict }): JSX.Element {
  const { sentence } = found
  const culprit = found.gate ?? found.stage
  const name = culprit === undefined ? '' : nameOf(flow.value, culprit)
  const at = name === '' ? -1 : sentence.indexOf(name)
  if (culprit === undefined || at < 0) return <>{capital(sentence)}</>
  return (
    <>
      {capital(sentence.slice(0, at))}
      <button type="button" class="culprit-link" onClick={() => (selected.value = culprit)}>
        {name}
      </button>
      {sentence.slice(at + name.length)}
    </>
  )
}

/** Prose starts with a capital; a name keeps its spelling. */
function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function evidenceOf({ evidence, confidence, windowMs, kind, also }: Verdict): string[] {
  const lines = [`over ${duration(Math.round(windowMs / 1000) * 1000)}`]
  if (kind !== 'calm' && kind !== 'done') lines.push(`confidence ${percent(confidence)}`)
  if (evidence.rate > 0) lines.push(`${rate(evidence.rate)}/s through it`)
  if (evidence.held > 0) lines.push(`${rate(evidence.held)} held in front`, `oldest ${duration(evidence.oldestMs)}`)
  if (evidence.loop !== undefined) lines.push(`event loop ${percent(evidence.loop)}`)
  if (also.length > 0) lines.push(`also ${also.map(({ name }) => name).join(', ')}`)
  return lines
}

/** What a screen reader hears: the sentence when it says something else, at most every five seconds. */
function Spoken(): JSX.Element {
  const text = useSignal('')
  const spoken = useRef({ at: Number.NEGATIVE_INFINITY, gist: '' })
  const found = verdict.value
  useEffect(() => {
    if (found === undefined) return
    const gist = `${found.kind} ${found.gate ?? found.stage ?? ''}`
    const now = performance.now()
    if (gist === spoken.current.gist || now - spoken.current.at < spokenEveryMs) return
    spoken.current = { at: now, gist }
    text.value = found.sentence
  }, [found])
  return (
    <p class="unseen" role="status" aria-live="polite">
      {text.value}
    </p>
  )
}
