/** Whether this much time has passed since a moment, even if the clock was set back since. All in milliseconds. */
export function hasPassed(now: number, since: number, milliseconds: number): boolean {
  return now < since || now - since >= milliseconds
}
