/** Where a command writes. */
export interface Output {
  write(text: string): unknown
  /** A terminal, where somebody reads at once. */
  readonly isTTY?: boolean
}

/** Where a command reads, in portions. */
export interface Input extends AsyncIterable<string | Uint8Array> {
  /** A terminal, where somebody can be asked. */
  readonly isTTY?: boolean
}

/** What a command knows of the process that it runs in. */
export interface Terminal {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** `DATABASE_URL`, `NO_COLOR` and `TERM` are read, nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths begin here. */
  readonly cwd: string
  /** Name of the user of the operating system; null if it has none. */
  readonly userName: () => string | null
  /** From the first call on, an interruption aborts this signal and does not end the process. */
  readonly interruption: () => AbortSignal
  /** Aborted when nobody reads standard output any longer. Left out: somebody always does. */
  readonly unread?: AbortSignal
}
