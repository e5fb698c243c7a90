/** How a source is read. */
export interface ReadOptions {
  /** Reading ends when it aborts. */
  readonly signal: AbortSignal
}

/**
 * A row that exists but cannot be read, such as a line that is not JSON. It is counted as failed, and the run goes on.
 */
export interface UnreadableRow {
  /** Why, such as `row_unreadable`: a lower-case letter, then lower-case letters, digits, `-` and `_`. */
  readonly unreadable: string
  /** Where, without its content: `people.ndjson:17`. */
  readonly at: string
}

/**
 * Where people come from. Each step is streamed, in the same order each time it is read (best by id); only the rows of
 * a batch are held in memory. Rows have the shape of an `ImportRow…` type and are checked by the import: a bad one is
 * counted as failed, with a code, and never ends a run. An error that a source throws ends the run.
 *
 * A source is read several times: once by `run`, once by `verify`, twice by `plan` if addresses are compared.
 */
export interface Source {
  /** For reports and the ledger; without a password, such as `users@db.example.com`. */
  readonly name: string
  readonly people: (options: ReadOptions) => AsyncIterable<unknown>
  readonly organizations?: (options: ReadOptions) => AsyncIterable<unknown>
  readonly memberships?: (options: ReadOptions) => AsyncIterable<unknown>
  readonly groups?: (options: ReadOptions) => AsyncIterable<unknown>
  /** How many rows a step has, for progress; null if unknown. */
  readonly count?: (step: 'organization' | 'person' | 'membership' | 'group') => Promise<number | null>
  /** Shows that the source is the same as before, such as a file's size and time. Noted with each run. */
  readonly fingerprint?: () => Promise<string>
  readonly close?: () => Promise<void>
}

/**
 * A person as a source returns it. Everything but `id` may be left out or null. Names in snake_case are accepted, too.
 */
export interface ImportRowPerson {
  readonly id: string | number | bigint
  readonly email?: string | null
  /** Also 0, 1, `'t'`, `'f'`, `'true'`, `'false'`. Left out or null: false. */
  readonly emailVerified?: boolean | number | string | null
  readonly name?: string | null
  readonly firstName?: string | null
  readonly lastName?: string | null
  readonly image?: string | null
  readonly passwordHash?: string | null
  /** Default: recognized from the hash, see `passwordFormatOf`. */
  readonly passwordFormat?: string | null
  /**
   * They have a password on the old side whose hash is not here: they are listed as `reset_required`. Not needed with a
   * hash.
   */
  readonly hasPassword?: boolean | number | string | null
  readonly disabled?: boolean | number | string | null
  readonly organization?: string | number | bigint | null
  /** A date, ISO text (without a zone: UTC), or milliseconds since the epoch. */
  readonly createdAt?: Date | string | number | null
  readonly updatedAt?: Date | string | number | null
  readonly externalIdentities?: readonly { readonly provider: string; readonly subject: string }[] | null
  /**
   * A date becomes ISO text, a big integer its digits. Bytes, and more than 64 KB of JSON, make the row invalid:
   * `invalid_metadata`.
   */
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** An organization as a source returns it. */
export interface ImportRowOrganization {
  readonly id: string | number | bigint
  readonly name: string
  readonly slug?: string | null
  readonly createdAt?: Date | string | number | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** A membership as a source returns it. */
export interface ImportRowMembership {
  /** Default: made from both ids. */
  readonly id?: string | number | bigint | null
  readonly person: string | number | bigint
  readonly organization: string | number | bigint
  readonly roles?: readonly string[] | null
  readonly createdAt?: Date | string | number | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** A group as a source returns it. */
export interface ImportRowGroup {
  readonly id: string | number | bigint
  readonly name: string
  readonly organization?: string | number | bigint | null
  readonly members?: readonly (string | number | bigint)[] | null
  readonly metadata?: Readonly<Record<string, unknown>> | null
}
