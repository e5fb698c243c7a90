/** Whether a moment lies so far back; also when the clock was set back since. All in milliseconds. */
export function hasPassed(now: number, since: number, milliseconds: number): boolean {
  return now < since || now - since >= milliseconds
}
