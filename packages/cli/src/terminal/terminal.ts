/** Where a command writes. */
export interface Output {
  write(text: string): unknown
  /** Whether it is a terminal, where somebody is reading. */
  readonly isTTY?: boolean
}

/** Where a command reads, in chunks. */
export interface Input extends AsyncIterable<string | Uint8Array> {
  /** Whether it is a terminal, where a question can be asked. */
  readonly isTTY?: boolean
}

/** What a command knows about its process. */
export interface Terminal {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  /** `DATABASE_URL`, `NO_COLOR` and `TERM` are read, nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths are resolved against it. */
  readonly cwd: string
  /** Name of the operating system's user; null if it has none. */
  readonly userName: () => string | null
  /** From the first call on, an interruption aborts this signal instead of ending the process. */
  readonly interruption: () => AbortSignal
  /** Aborted when nobody reads standard output any more. If omitted, somebody always does. */
  readonly unread?: AbortSignal
}
