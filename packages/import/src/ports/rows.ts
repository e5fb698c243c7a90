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
  /** What only the source and the target understand. JSON, at most 64 KB. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A person as the source has it. */
export interface Person {
  /** The application's own user id. */
  readonly id: string
  readonly email: string | null
  /** The real flag: what the source does not know is false. */
  readonly emailVerified: boolean
  readonly name: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  /** Where their picture is: a URL, at most 64 KB. */
  readonly image: string | null
  /**
   * Null if there is none, or where the target cannot take it: then the person is imported, and listed as
   * `reset_required`.
   */
  readonly password: PasswordHash | null
  /** There is a password on the old side, and the source does not have its hash: `reset_required`. */
  readonly passwordMissing?: true
  /** Banned, deactivated, locked: may not come in on the new side either. */
  readonly disabled: boolean
  /** The organization that the person belongs to, where there is one such; memberships are a step of their own. */
  readonly organization: string | null
  readonly createdAt: Moment | null
  readonly updatedAt: Moment | null
  readonly externalIdentities: readonly ExternalIdentity[]
  /** What only the source and the target understand. JSON, at most 64 KB. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A password's hash, in the words of its format; see `passwordFormatOf`. */
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
  /** Of its own, or made of both ids. */
  readonly id: string
  /** Id of the source. */
  readonly person: string
  /** Id of the source. */
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
  /** Ids of people of the source, each once. */
  readonly members: readonly string[]
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Which row each kind has. */
export interface RowOf {
  readonly organization: Organization
  readonly person: Person
  readonly membership: Membership
  readonly group: Group
}
