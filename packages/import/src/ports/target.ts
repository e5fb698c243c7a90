import type { Query } from '@dualauth/core'
import type { Kind, PasswordHash, RowOf } from './rows.js'

/** What a target is asked about: one row of the source, and what the ledger knows that it needs. */
export type Item = { readonly [K in Kind]: ItemOf<K> }[Kind]

/** An item of one kind; `item.kind` says which. */
export interface ItemOf<K extends Kind> {
  readonly kind: K
  /** The id of the source. A target keeps it with the object (external id), so that it is found again. */
  readonly id: string
  /** Checked, and without a password that the target cannot take. */
  readonly row: RowOf[K]
  /** The target's id, where a link or the ledger knows it. */
  readonly targetId: string | null
  /** A creation was tried before, and nobody knows what came of it. False: nothing of this import has ever been sent for it. */
  readonly attempted: boolean
  /** What the target last gave as `after`; null if it gave none. */
  readonly after: string | null
  /** Of a membership and a group: the target's ids of what the row names by ids of the source. Else empty. */
  readonly refs: Refs
}

/** By ids of the source. */
export interface Refs {
  readonly people: Readonly<Record<string, string>>
  readonly organizations: Readonly<Record<string, string>>
}

/** Handed to each call of a target. */
export interface TargetCall {
  /** Await it before each request: it keeps `rps`, and waits where the target said so. */
  readonly pace: () => Promise<void>
  /** Aborts where the whole import shall end at once; pass it on to `fetch`. */
  readonly signal: AbortSignal
  /** Within `transaction` of the target: its connection. Else null. */
  readonly query: Query | null
  /**
   * Of `find`: nothing is created after it (a dry run), or somebody with the same address may be adopted, so it must say what is `taken`.
   * False: that may be left to `create`, which is refused then.
   */
  readonly wantsTaken: boolean
}

/** What the target has of an item. */
export type Found =
  | { readonly outcome: 'absent' }
  /** It is there, and says by its external id that it is this item. */
  | {
      readonly outcome: 'found'
      /** The target's. */
      readonly id: string
      /** Where it was sent before (`item.attempted`): as in `Created`. */
      readonly after?: string
      /** Something of it is missing, such as members of a group: `update` is called before it counts as done. */
      readonly incomplete?: true
    }
  /** Something else is in its way: see `Taken`. */
  | Taken
  /** Nothing is sent: it could not hold it. `code` such as `no_email`; said here, so that a dry run knows it. */
  | { readonly outcome: 'rejected'; readonly code: string }

/** What is in the way of an item: mostly somebody with the same address. Never adopted, but by `linkVerifiedEmail`. */
export interface Taken {
  readonly outcome: 'taken'
  /** Such as `address_taken`, `slug_taken`. */
  readonly code: string
  /** The target's id of what is in the way, where it is known. */
  readonly id: string | null
  /** Of a person with the same address: whether the target holds that address for verified. Left out: false. */
  readonly verified?: boolean
  /** No other object of the target has that address. Left out: false. */
  readonly unique?: boolean
  /** It is bound to another item by its external id already. Left out: false. */
  readonly bound?: boolean
}

/** What became of a creation. */
export type Created =
  | {
      readonly outcome: 'created'
      readonly id: string
      /** By which `remove` sees that the object was changed since: a revision or a digest (`fingerprint`), never contents. */
      readonly after?: string
      /** Something of it is to be sent by requests of its own: `update` is called before it counts as done. Not within `transaction`. */
      readonly incomplete?: true
    }
  /** It was there, with our external id: it is looked up again, and is ours only where it had been sent before. */
  | { readonly outcome: 'exists' }
  | Taken
  /** The target does not take it, and will not: `code` such as `invalid_email`. Nothing of the row. */
  | { readonly outcome: 'rejected'; readonly code: string }
  /** Sent, and no answer: it is looked up, and never sent again before that. */
  | { readonly outcome: 'unknown' }

/** What became of an adoption or an update. */
export type Updated =
  | {
      readonly outcome: 'updated'
      /** As in `Created`. */
      readonly after?: string
      /** What `remove` needs to restore what was there: no addresses, no hashes. JSON. */
      readonly before?: Readonly<Record<string, unknown>>
    }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'rejected'; readonly code: string }

/** What a rollback takes back. */
export interface Removal {
  readonly kind: Kind
  readonly id: string
  readonly targetId: string
  /** This import created it. False: it was there; only what `adopt` or `update` changed may be restored. */
  readonly created: boolean
  /** As the target gave them. */
  readonly after: string | null
  readonly before: Readonly<Record<string, unknown>> | null
}

/** What became of it. */
export type Removed =
  | { readonly outcome: 'removed' }
  /** It is gone already; that is as good. */
  | { readonly outcome: 'absent' }
  /** It stays: `in_use` (somebody has signed in with it), `changed` (it is not as this import left it), or a code of yours. */
  | { readonly outcome: 'blocked'; readonly code: string }

/** What a verification found. */
export type Checked =
  | { readonly outcome: 'same' }
  | { readonly outcome: 'absent' }
  /** Names of fields, such as `email`, `emailVerified`; never values. */
  | { readonly outcome: 'differs'; readonly fields: readonly string[] }

/**
 * Where people go. Each method takes the items of one kind, at most `batchSize` of them, and answers each in its place; several calls
 * may be under way at once (`concurrency`). What it throws: a `TargetError` says what to do; anything else is a bug and ends the run, which can be resumed.
 *
 * The import looks up before it creates, notes in the ledger that it was absent, and only then creates. So a process may be killed
 * at any point: whatever `find` finds by external id later is adopted, and never made twice. `find` must see what an earlier
 * `create` has made, and must report (`taken`) what `create` would refuse for uniqueness where the call `wantsTaken`, so that a dry run
 * counts the same.
 */
export interface Target {
  /** The ledger's rows stand under it, across runs: stable, and one for each place, such as `workos:environment_01J…`. */
  readonly name: string
  /** What it can hold. Steps of other kinds are left out. */
  readonly kinds: readonly Kind[]
  /** How many items one call takes; 1 for an API that takes one at a time. */
  readonly batchSize: number
  /** Two of its people never have the same address. */
  readonly uniqueAddresses: boolean
  /** Two of its organizations and groups never have the same name. Left out: false. */
  readonly uniqueNames?: boolean
  /** Two of its organizations never have the same slug. Left out: false. */
  readonly uniqueSlugs?: boolean
  /** Whether people can sign in there with this hash. Else they are imported without it, and counted in `resetRequired`. */
  readonly takesPassword: (password: PasswordHash) => boolean
  /**
   * For a target that takes one run at a time: called before an import or a rollback does anything, and what it answers
   * when that has ended. Rejects if another one is under way.
   */
  readonly hold?: () => Promise<() => Promise<void>>
  readonly find: (items: readonly Item[], call: TargetCall) => Promise<readonly Found[]>
  readonly create: (items: readonly Item[], call: TargetCall) => Promise<readonly Created[]>
  /** Makes the object say that it is this item (its external id), and changes nothing else. For `linkVerifiedEmail`. */
  readonly adopt?: (items: readonly Item[], call: TargetCall) => Promise<readonly Updated[]>
  /** Makes the object (`item.targetId`) as the row is. Twice is once. */
  readonly update?: (items: readonly Item[], call: TargetCall) => Promise<readonly Updated[]>
  readonly remove?: (removals: readonly Removal[], call: TargetCall) => Promise<readonly Removed[]>
  /** Reads the object (`item.targetId`) and compares it with the row. */
  readonly check?: (items: readonly Item[], call: TargetCall) => Promise<readonly Checked[]>
  /** Whether the person (`item.targetId`) has a password there by now. For `invites`; left out: nobody can say. */
  readonly hasPassword?: (items: readonly Item[], call: TargetCall) => Promise<readonly boolean[]>
  /**
   * For a target in the database of the ledger: runs `work` in one transaction, which holds `create` and the ledger's row, and is
   * rolled back where `work` rejects. `query` is its connection. Then no outcome is ever unknown.
   */
  readonly transaction?: <T>(work: (query: Query) => Promise<T>) => Promise<T>
  readonly close?: () => Promise<void>
}
