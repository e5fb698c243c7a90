/** The kinds of items that the ledger has rows for. */
export type ImportKind = 'organization' | 'person' | 'membership' | 'group'

/** The state of an item. */
export type ImportState =
  | 'pending'
  | 'claimed'
  | 'done'
  | 'skipped'
  | 'conflict'
  | 'failed'
  | 'rolling_back'
  | 'rolled_back'
  | 'rollback_blocked'

/** Who writes, and where links go. */
export interface LedgerScope {
  readonly target: string
  readonly run: string
  /** One per process. What it has claimed is its own until the lease ends and another worker claims it. */
  readonly worker: string
  readonly leaseMs: number
  /** The verifier and issuer for people's links and for the mapping of organizations; null writes none. */
  readonly link: { readonly verifier: string; readonly issuer: string } | null
}

/** An item to claim. */
export interface ClaimEntry {
  readonly id: string
  /** Keyed digest of the current row. */
  readonly digest: string
  /** The organization that it belongs to, by its id in the source. */
  readonly organization: string | null
  /** Source ids that must be done first; for a group, the ids to pass on, as far as they are done. */
  readonly people: readonly string[]
  readonly organizations: readonly string[]
}

/** Which states are claimed besides items that are new, pending, rolled back, or left by a process that is gone. */
export interface ClaimRules {
  readonly failed: boolean
  /** Items that are done and now have another digest. */
  readonly changed: boolean
}

/** An item in the ledger; for a claimed one, as it was before. */
export interface LedgerItem {
  readonly id: string
  /** It is now this worker's. From `peek`: it would be. */
  readonly claimed: boolean
  /** Null: there is no row yet. */
  readonly state: ImportState | null
  readonly code: string | null
  /** Digest of the current row: the entry's, and for a group also how many of its people exist. */
  readonly current: string
  /** Digest of what was sent. */
  readonly digest: string | null
  /** From this item, a link that the person has, or the mapping of the organization. */
  readonly targetId: string | null
  readonly created: boolean | null
  readonly attempted: boolean
  readonly resetRequired: boolean
  /** As the target returned it when the import last wrote the object. */
  readonly after: string | null
  /** The target's ids of finished items, by source id. */
  readonly people: Readonly<Record<string, string>>
  readonly organizations: Readonly<Record<string, string>>
}

/** What became of a claimed item. */
export interface Settlement {
  readonly id: string
  /** `pending` releases it. */
  readonly state: 'done' | 'conflict' | 'failed' | 'skipped' | 'pending'
  readonly code?: string
  readonly targetId?: string
  readonly created?: boolean
  /**
   * Nothing was created for what `absent` noted: an object found there later is not ours. If left out, the note stays.
   */
  readonly unsent?: boolean
  /** If left out, the digest noted before sending stays. */
  readonly digest?: string
  readonly resetRequired?: boolean
  readonly after?: string
  readonly before?: Readonly<Record<string, unknown>>
  /** For a conflict: the target's id of the object in the way. Listed in `conflicts` if links are written. */
  readonly subject?: string
}

/** How a settlement ended: if a link is impossible, `done` becomes `conflict`. */
export interface Settled {
  readonly id: string
  readonly state: ImportState
  readonly code: string | null
}

/** An item that a rollback has claimed. */
export interface RollbackItem {
  readonly id: string
  readonly targetId: string | null
  readonly created: boolean
  readonly after: string | null
  readonly before: Readonly<Record<string, unknown>> | null
  /** Whether the evidence here shows the person on the new side of a migration. */
  readonly isUsed: boolean
}

/** Which items a rollback takes back. */
export interface RollbackRules {
  /** Only those that this run imported. */
  readonly run?: string
  /** Only these people and their memberships; no organizations or groups. */
  readonly people?: readonly string[]
  /** Only what belongs to this organization, and the organization itself. */
  readonly organization?: string
  /** Keyset: ids after this one. */
  readonly after: string | null
  readonly limit: number
}

/** A run as it begins. */
export interface BeginRun {
  readonly target: string
  readonly purpose: 'import' | 'verify' | 'rollback'
  readonly actor: string
  readonly source: string
  readonly fingerprint: string | null
  /** JSON without secrets. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A past or current run. */
export interface ImportRun extends BeginRun {
  readonly id: string
  readonly status: 'running' | 'done' | 'aborted' | 'failed'
  readonly counts: Readonly<Record<string, unknown>>
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly finishedAt: number | null
}

/** One line of a list of items. */
export interface ListedItem {
  readonly id: string
  readonly state: ImportState
  readonly code: string | null
  readonly targetId: string | null
  readonly created: boolean | null
  readonly resetRequired: boolean
}

/**
 * What was imported: one row for each source item and target, across runs. Each method is one statement. Only the
 * worker that holds an item writes it.
 */
export interface ImportLedger {
  /** The key of a target's digests, base64url; null if nothing was ever imported. Writes nothing. */
  readonly digestKey: (target: string) => Promise<string | null>
  readonly begin: (run: BeginRun) => Promise<{ readonly run: string; readonly digestKey: string }>
  readonly end: (
    run: string,
    status: 'done' | 'aborted' | 'failed',
    counts: Readonly<Record<string, unknown>>,
  ) => Promise<void>
  /** What `claim` would find. Writes nothing. */
  readonly peek: (
    scope: Pick<LedgerScope, 'target' | 'link'>,
    kind: ImportKind,
    entries: readonly ClaimEntry[],
    rules: ClaimRules,
  ) => Promise<readonly LedgerItem[]>
  /**
   * One answer per entry, in their order. An item that another worker holds, or that waits for something else, is not
   * claimed.
   */
  readonly claim: (
    scope: LedgerScope,
    kind: ImportKind,
    entries: readonly ClaimEntry[],
    rules: ClaimRules,
  ) => Promise<readonly LedgerItem[]>
  /**
   * Notes that they are about to be sent.
   * @returns The ids that are still this worker's: the others must not be sent.
   */
  readonly absent: (
    scope: LedgerScope,
    kind: ImportKind,
    entries: readonly { readonly id: string; readonly digest: string }[],
  ) => Promise<readonly string[]>
  /**
   * With their links, mappings and conflicts. Items that are no longer this worker's are left out of the answer, and
   * nothing is written for them.
   */
  readonly settle: (
    scope: LedgerScope,
    kind: ImportKind,
    settlements: readonly Settlement[],
  ) => Promise<readonly Settled[]>
  /** Releases what this worker still holds, without waiting for the lease; for a run that ends early. */
  readonly release: (scope: LedgerScope) => Promise<void>
  readonly claimRollback: (
    scope: LedgerScope,
    kind: ImportKind,
    rules: RollbackRules,
  ) => Promise<readonly RollbackItem[]>
  /**
   * Removes this import's links and mappings, too.
   * @param settlements With a code, an item stays, blocked.
   */
  readonly settleRollback: (
    scope: LedgerScope,
    kind: ImportKind,
    settlements: readonly { readonly id: string; readonly code: string | null }[],
  ) => Promise<readonly Settled[]>
  /** How many items there are, by kind and state. */
  readonly count: (
    target: string,
  ) => Promise<Readonly<Partial<Record<ImportKind, Partial<Record<ImportState, number>>>>>>
  /** By id; pass the last one as `after` for the next page. */
  readonly list: (
    target: string,
    kind: ImportKind,
    options?: {
      readonly state?: ImportState
      readonly resetRequired?: boolean
      readonly after?: string
      readonly limit?: number
    },
  ) => Promise<readonly ListedItem[]>
  /**
   * Which of these application ids were accepted on the new side of a migration, according to the evidence here. Null:
   * nothing has ever watched it, so nobody can say.
   */
  readonly seenOnNewSide: (migration: string, ids: readonly string[]) => Promise<ReadonlySet<string> | null>
  /** Newest first, at most 100. */
  readonly runs: (target: string) => Promise<readonly ImportRun[]>
}
