/** What the ledger keeps rows of. */
export type ImportKind = 'organization' | 'person' | 'membership' | 'group'

/** Where an item stands. */
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
  /** Of one process; what it has claimed is its own until the lease ends and another one claims it. */
  readonly worker: string
  readonly leaseMs: number
  /** The verifier and the issuer of the links of people and the mapping of organizations; null writes none. */
  readonly link: { readonly verifier: string; readonly issuer: string } | null
}

/** What is to be claimed. */
export interface ClaimEntry {
  readonly id: string
  /** Of the row as it is now, keyed. */
  readonly digest: string
  /** The organization that it belongs to, by its id in the source. */
  readonly organization: string | null
  /** Ids of the source that must be done first; of a group: that are handed on, as far as they are done. */
  readonly people: readonly string[]
  readonly organizations: readonly string[]
}

/** Which states are claimed beside what is new, pending, rolled back or left by a process that is gone. */
export interface ClaimRules {
  readonly failed: boolean
  /** What is done and has another digest now. */
  readonly changed: boolean
}

/** An item as the ledger has it; of what is claimed, as it was before. */
export interface LedgerItem {
  readonly id: string
  /** It is this worker's now. Of `peek`: it would be. */
  readonly claimed: boolean
  /** Null: there is no row yet. */
  readonly state: ImportState | null
  readonly code: string | null
  /** Of the row as it is now: the one of the entry, and of a group also how many of its people are there. */
  readonly current: string
  /** Of what was sent. */
  readonly digest: string | null
  /** Of this item, or of a link that the person has, or of the mapping of the organization. */
  readonly targetId: string | null
  readonly created: boolean | null
  readonly attempted: boolean
  readonly resetRequired: boolean
  /** As the target gave it when the import last wrote the object. */
  readonly after: string | null
  /** The target's ids of what is done, by ids of the source. */
  readonly people: Readonly<Record<string, string>>
  readonly organizations: Readonly<Record<string, string>>
}

/** What became of a claimed item. */
export interface Settlement {
  readonly id: string
  /** `pending` gives it back. */
  readonly state: 'done' | 'conflict' | 'failed' | 'skipped' | 'pending'
  readonly code?: string
  readonly targetId?: string
  readonly created?: boolean
  /** Nothing was made of what `absent` has noted: what is found there later is not ours. Left out: what was noted stays. */
  readonly unsent?: boolean
  /** Left out: the one that was noted before it was sent stays. */
  readonly digest?: string
  readonly resetRequired?: boolean
  readonly after?: string
  readonly before?: Readonly<Record<string, unknown>>
  /** Of a conflict: the target's id of what is in the way. Listed in `conflicts` where links are written. */
  readonly subject?: string
}

/** How a settlement ended: a link that cannot be makes `done` a `conflict`. */
export interface Settled {
  readonly id: string
  readonly state: ImportState
  readonly code: string | null
}

/** What a rollback has claimed. */
export interface RollbackItem {
  readonly id: string
  readonly targetId: string | null
  readonly created: boolean
  readonly after: string | null
  readonly before: Readonly<Record<string, unknown>> | null
  /** The person was seen on the new side of a migration, by the evidence here. */
  readonly isUsed: boolean
}

/** Which items a rollback takes back. */
export interface RollbackRules {
  /** Only those that this run brought in. */
  readonly run?: string
  /** Only these people, and their memberships; no organizations and no groups. */
  readonly people?: readonly string[]
  /** Only what belongs to this organization, and the organization itself. */
  readonly organization?: string
  /** Keyset: ids after this one. */
  readonly after: string | null
  readonly limit: number
}

/** A run, as it begins. */
export interface BeginRun {
  readonly target: string
  readonly purpose: 'import' | 'verify' | 'rollback'
  readonly actor: string
  readonly source: string
  readonly fingerprint: string | null
  /** JSON without secrets. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A run of the past, or of now. */
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
 * What was imported, one row for each thing of the source and each target, across runs. Each method is one statement. Nobody but
 * the worker that holds an item writes it.
 */
export interface ImportLedger {
  /** The key of the digests of a target, base64url; null if nothing was ever imported. Writes nothing. */
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
  /** One answer for each entry, in their order. What another worker is at, or what waits for something else, is not claimed. */
  readonly claim: (
    scope: LedgerScope,
    kind: ImportKind,
    entries: readonly ClaimEntry[],
    rules: ClaimRules,
  ) => Promise<readonly LedgerItem[]>
  /** Notes that they are about to be sent. @returns The ids that are still this worker's: the others must not be sent. */
  readonly absent: (
    scope: LedgerScope,
    kind: ImportKind,
    entries: readonly { readonly id: string; readonly digest: string }[],
  ) => Promise<readonly string[]>
  /** With their links, mappings and conflicts. What is no longer this worker's is missing in the answer, and nothing is written of it. */
  readonly settle: (
    scope: LedgerScope,
    kind: ImportKind,
    settlements: readonly Settlement[],
  ) => Promise<readonly Settled[]>
  /** What this worker still holds is given back, without waiting for the lease; for when it ends too early. */
  readonly release: (scope: LedgerScope) => Promise<void>
  readonly claimRollback: (
    scope: LedgerScope,
    kind: ImportKind,
    rules: RollbackRules,
  ) => Promise<readonly RollbackItem[]>
  /** Takes links and mappings of this import away with it. @param settlements A code: it stays, blocked. */
  readonly settleRollback: (
    scope: LedgerScope,
    kind: ImportKind,
    settlements: readonly { readonly id: string; readonly code: string | null }[],
  ) => Promise<readonly Settled[]>
  /** How many items there are, by kind and state. */
  readonly count: (
    target: string,
  ) => Promise<Readonly<Partial<Record<ImportKind, Partial<Record<ImportState, number>>>>>>
  /** By id; hand `after` the last one for the next page. */
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
   * Which of these ids of the application were accepted on the new side of a migration, by the evidence here. Null: nothing has ever
   * watched it, so that nobody can say.
   */
  readonly seenOnNewSide: (migration: string, ids: readonly string[]) => Promise<ReadonlySet<string> | null>
  /** The newest first, at most 100. */
  readonly runs: (target: string) => Promise<readonly ImportRun[]>
}
