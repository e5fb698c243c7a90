/** How far the clock of whoever wrote a date may be ahead. */
const AHEAD_MS = 60_000

/**
 * When somebody signed in, in seconds since the epoch. Null for a date that lies ahead, such as a local time that is read as UTC: it says
 * nothing, and would outlive every revocation until then. Null counts as before every revocation.
 *
 * @param stated Milliseconds since the epoch, as the session states it; null if it does not.
 */
export function signInMoment(stated: number | null, now: number): number | null {
  return stated === null || stated > now + AHEAD_MS ? null : Math.floor(stated / 1000)
}
