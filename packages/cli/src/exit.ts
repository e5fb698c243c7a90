/** What the process ends with. Numbers from 64 on are those of `sysexits.h`. */
export const EXIT = {
  ok: 0,
  /** Refused, or somebody else has changed the same in the meantime; nothing was written. */
  refused: 1,
  /** `import`: some rows failed, or differ. */
  someFailed: 1,
  /** `doctor`: something is wrong. */
  problems: 1,
  /** `retire`: somebody still comes the old way. */
  notSafe: 2,
  /** `import`: somebody must decide about some rows, or they stay after a rollback. */
  conflicts: 2,
  /** `retire`: nobody can say. */
  notEnoughEvidence: 3,
  /** `import`: interrupted; what is done is done. */
  aborted: 3,
  /** Written, but `--wait` ended before every instance was known to have it. */
  notSeenYet: 4,
  /** Wrong arguments or input. */
  usage: 64,
  /** The database cannot be reached. */
  unreachable: 69,
  /** A mistake of ours. */
  bug: 70,
  /** Done, but standard output could not be written to its end. */
  torn: 74,
  /** The role of the database lacks a privilege, or the database only reads. */
  noPrivilege: 77,
  /** The schema `dualauth` is missing, or older than this command. */
  noSchema: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with one sentence for its user. */
export class CliError extends Error {
  readonly exitCode: ExitCode
  /** The same may work in a while, with nothing done about it. */
  readonly mayPass: boolean

  constructor(exitCode: ExitCode, message: string, { mayPass = false }: { readonly mayPass?: boolean } = {}) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
    this.mayPass = mayPass
  }
}
