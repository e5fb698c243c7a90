import type * as z from 'zod/mini'
import { optionError } from './options.js'
import { object, text } from './schemas.js'

/** A team that inherited something unsafe says so, with an end. */
export interface Acceptance {
  /** ISO date; from that moment on, construction fails, and a running process refuses what relied on it. */
  readonly until: string
  /** For whoever reads the event that every start emits. */
  readonly reason: string
}

export const acceptance: z.ZodMiniType<{ until: string; reason: string }> = object({ until: text, reason: text })

/** @throws {AuthError} `configuration_invalid`: no date, or one that has passed. */
export function assertAcceptance({ until }: Acceptance, option: string, mend: string, now: number): void {
  const end = Date.parse(until)
  if (Number.isNaN(end)) throw optionError(`${option}.until`, 'must be an ISO date')
  if (end <= now) throw optionError(`${option}.until`, `has passed; ${mend}`)
}
