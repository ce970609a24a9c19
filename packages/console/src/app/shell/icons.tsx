import type { GateInspection, Overflow } from 'forebay/observe'
import type { JSX } from 'preact'

/** The mark: water held at one level, let down to the next. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
      <rect width="26" height="26" rx="7" class="mark-ground" />
      <path d="M5 9.5h8v8h8" class="mark-water" />
      <path d="M13 4.5v3" class="mark-gate" />
    </svg>
  )
}

/** A valve as on a plan of pipes: two triangles; crossed out while it lets nothing more through. */
export function ValveIcon({ isFull }: { isFull: boolean }): JSX.Element {
  return (
    <svg class={`valve-icon${isFull ? ' full' : ''}`} width="22" height="18" viewBox="0 0 22 18" aria-hidden="true">
      <path class="valve-body" d="M2 5l9 5-9 5zM20 5l-9 5 9 5z" />
      <path class="valve-stem" d={isFull ? 'M11 10V3M7.5 3h7' : 'M11 10V3M11 0v6'} />
    </svg>
  )
}

const lever = { closed: 'M4 13L18 13', 'half-open': 'M4 13L17 8', open: 'M4 13L14 2.5', free: '', full: '' }

/** A switch on its three ways: closed conducts, half-open tries, open breaks. */
export function BreakerSwitch({ state }: { state: GateInspection['state'] }): JSX.Element {
  return (
    <svg class={`breaker-icon ${state}`} width="22" height="18" viewBox="0 0 22 18" aria-hidden="true">
      <path class="breaker-lever" d={lever[state]} />
      <circle class="breaker-pivot" cx="4" cy="13" r="2.4" />
      <circle class="breaker-contact" cx="18.5" cy="13" r="2" />
    </svg>
  )
}

export function DiskIcon(): JSX.Element {
  return (
    <svg class="disk-icon" width="11" height="12" viewBox="0 0 11 12" role="img" aria-label="durable">
      <ellipse cx="5.5" cy="2.4" rx="4.6" ry="1.8" />
      <path d="M.9 2.4v7c0 1 2 1.8 4.6 1.8s4.6-.8 4.6-1.8v-7" />
      <path d="M.9 5.9c0 1 2 1.8 4.6 1.8s4.6-.8 4.6-1.8" />
    </svg>
  )
}

/** Which end an overflow policy throws away from; an octagon for what it does not say by place. */
export function DropIcon({ policy }: { policy: Overflow }): JSX.Element {
  const path =
    policy === 'drop-oldest' || policy === 'latest' || policy === 'sample'
      ? 'M11 1v5M9 4l2 2.4L13 4M2 9h12'
      : policy === 'drop-newest' || policy === 'drop-youngest' || policy === 'reject'
        ? 'M4 1v5M2 4l2 2.4L6 4M2 9h12'
        : 'M8 1v5M6 4l2 2.4L10 4M2 9h12'
  return (
    <svg class="drop-icon" width="14" height="10" viewBox="0 0 16 10" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

/** The verdict's sign: a ring for a culprit, a valve for a gate, waves for calm, a broken ring for a standstill. */
export function VerdictIcon({ kind }: { kind: string }): JSX.Element {
  const body =
    kind === 'bottleneck' || kind === 'loop' || kind === 'source' ? (
      <path d="M4 6h7l4 6v0l-4 6H4M28 6h-7l-4 6 4 6h7" />
    ) : kind === 'gate' ? (
      <path d="M5 8l11 7-11 7zM27 8l-11 7 11 7zM16 15V4M11 4h10" />
    ) : kind === 'deadlock' || kind === 'stall' ? (
      <path d="M10 4h12l7 7v4l-7 7H10l-7-7v-4zM11 13h10" />
    ) : kind === 'done' ? (
      <path d="M6 13l7 7L27 6" />
    ) : (
      <path d="M3 9q4.3-4 8.6 0t8.6 0 8.6 0M3 16q4.3-4 8.6 0t8.6 0 8.6 0" />
    )
  return (
    <svg class="verdict-icon" width="32" height="26" viewBox="0 0 32 26" aria-hidden="true">
      {body}
    </svg>
  )
}
