/** What the process ends with. Numbers from 64 on are those of `sysexits.h`. */
export const EXIT = {
  ok: 0,
  /** Refused, or somebody else has changed the same in the meantime; nothing was written unless the message says so. */
  refused: 1,
  /** `retire`: somebody still comes the old way. */
  notSafe: 2,
  /** `retire`: nobody can say. */
  notEnoughEvidence: 3,
  /** Wrong arguments or input. */
  usage: 64,
  /** The database cannot be reached. */
  unreachable: 69,
  /** A mistake of ours. */
  bug: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Ends the command with one sentence for its user. */
export class CliError extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}
