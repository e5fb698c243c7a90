/** What is imported, in this order: a membership needs its person and its organization. */
export type Kind = 'organization' | 'person' | 'membership' | 'group'

/** Text of a time, as `Date.toISOString` writes it. */
export type Moment = string

/** An organization as the source has it. */
export interface Organization {
  /** The application's own id. */
  readonly id: string
  readonly name: string
  readonly slug: string | null
  readonly createdAt: Moment | null
  /** Known only to the source and the target. JSON, at most 64 KB. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A person as the source has it. */
export interface Person {
  /** The application's own user id. */
  readonly id: string
  readonly email: string | null
  /** The real flag; false if the source does not know. */
  readonly emailVerified: boolean
  readonly name: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  /** Where their picture is: a URL, at most 64 KB. */
  readonly image: string | null
  /**
   * Null if there is none, or if the target cannot take it; then the person is imported and listed as `reset_required`.
   */
  readonly password: PasswordHash | null
  /** There is a password on the old side, but the source does not have its hash: `reset_required`. */
  readonly passwordMissing?: true
  /** Banned, deactivated or locked: not accepted on the new side either. */
  readonly disabled: boolean
  /** The organization that the person belongs to, if there is a single one; memberships are a step of their own. */
  readonly organization: string | null
  readonly createdAt: Moment | null
  readonly updatedAt: Moment | null
  readonly externalIdentities: readonly ExternalIdentity[]
  /** Known only to the source and the target. JSON, at most 64 KB. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A password's hash, with the name of its format; see `passwordFormatOf`. */
export interface PasswordHash {
  readonly hash: string
  /** `bcrypt`, `argon2id`, `better-auth` …; null if nothing says which. */
  readonly format: string | null
}

/** An account of the same person at another provider, such as Google. */
export interface ExternalIdentity {
  readonly provider: string
  readonly subject: string
}

/** That a person belongs to an organization. */
export interface Membership {
  /** Its own, or made from both ids. */
  readonly id: string
  /** The id in the source. */
  readonly person: string
  /** The id in the source. */
  readonly organization: string
  readonly roles: readonly string[]
  readonly createdAt: Moment | null
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A named set of people. */
export interface Group {
  readonly id: string
  readonly name: string
  readonly organization: string | null
  /** Ids of people in the source, each once. */
  readonly members: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
}

/** The row type of each kind. */
export interface RowOf {
  readonly organization: Organization
  readonly person: Person
  readonly membership: Membership
  readonly group: Group
}
