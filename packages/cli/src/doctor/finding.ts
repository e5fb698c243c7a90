/** How bad it is: `problem`: requests fail, or the wrong ones pass. `warning`: they will, or may. */
export type Severity = 'problem' | 'warning' | 'ok'

/** One thing that was looked at. Holds no credential, no secret and no claim value. */
export interface Finding {
  readonly severity: Severity
  /** Stable, for programs: `clock_skew`. */
  readonly code: string
  /** The verifier, sample, option or address that it is about; null: the whole. */
  readonly subject: string | null
  readonly seen: string
  /** What to do, naming the option; null where all is well. */
  readonly mend: string | null
}

export function problem(code: string, subject: string | null, seen: string, mend: string): Finding {
  return { severity: 'problem', code, subject, seen, mend }
}

export function warning(code: string, subject: string | null, seen: string, mend: string): Finding {
  return { severity: 'warning', code, subject, seen, mend }
}

export function ok(code: string, subject: string | null, seen: string): Finding {
  return { severity: 'ok', code, subject, seen, mend: null }
}
