/** `problem`: requests fail, or wrong ones are accepted. `warning`: that will or may happen. */
export type Severity = 'problem' | 'warning' | 'ok'

/** The result of one check. Contains no credential, secret or claim value. */
export interface Finding {
  readonly severity: Severity
  /** Stable code for programs, such as `clock_skew`. */
  readonly code: string
  /** The verifier, sample, option or address that it is about; null: the whole instance. */
  readonly subject: string | null
  readonly seen: string
  /** What to do, naming the option; null if nothing is wrong. */
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

/** A table of dualauth's name that is not of dualauth's making, and was not read. */
export function foreign(table: string): Finding {
  return problem(
    'schema_foreign',
    table,
    'It belongs to another role, and is no plain table: reading it could run functions of that role, so it was not read.',
    'Find out who made it. Then drop it, or give it to a role that you trust (`alter … owner to`).',
  )
}
