/** Z works on so many pieces at once, for so long each: it can do 133 a second. */
export const WORKERS = 8
export const WORK_MS = 60
/** What Z promises each of its three callers, a second: less in all than it can do. */
export const SHARE = 33
/** What each of the three asks in calm times, a second. */
export const CALM = 20
/** What A asks when it misbehaves: five times what it was promised. */
export const STORM: number = 5 * SHARE
/** Requests that may be in A, B or C at once: what waits for Z, and what Z works on. */
export const BUFFER = 20
/** How long a client of A, B or C is patient, ms. */
export const PATIENCE_MS = 1000
/** The header by which Z knows its callers. */
export const CALLER = 'x-caller'
