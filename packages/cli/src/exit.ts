/** Exit codes. Those from 64 on follow `sysexits.h`. */
export const EXIT = {
  ok: 0,
  /** Refused, or somebody else changed the same thing in the meantime; nothing was written. */
  refused: 1,
  /** `import`: some rows failed, or differ. */
  someFailed: 1,
  /** `doctor`: something is wrong. */
  problems: 1,
  /** `retire`: somebody still uses the old side. */
  notSafe: 2,
  /** `import`: somebody must decide about some rows, or some rows stay after a rollback. */
  conflicts: 2,
  /** `retire`: there is not enough evidence to say. */
  notEnoughEvidence: 3,
  /** `import`: interrupted; rows already done are kept. */
  aborted: 3,
  /** Written, but `--wait` ended before every instance reported that it has it. */
  notSeenYet: 4,
  /** Wrong arguments or input. */
  usage: 64,
  /** The database cannot be reached. */
  unreachable: 69,
  /** A bug in this command. */
  bug: 70,
  /** Done, but standard output could not be fully written. */
  torn: 74,
  /** The database role lacks a privilege, or the database is read-only. */
  noPrivilege: 77,
  /** The schema `dualauth` is missing, or older than this command. */
  noSchema: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with one sentence for its user. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** Trying again later may work without any change. */
  readonly mayPass: boolean

  constructor(exitCode: ExitCode, message: string, { mayPass = false }: { readonly mayPass?: boolean } = {}) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.mayPass = mayPass
  }
}
