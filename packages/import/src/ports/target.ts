import type { Query } from '@dualauth/core'
import type { Kind, PasswordHash, RowOf } from './rows.js'

/** What a target is asked about: one row of the source, and what the ledger knows about its needs. */
export type Item = { readonly [K in Kind]: ItemOf<K> }[Kind]

/** An item of one kind; `item.kind` says which. */
export interface ItemOf<K extends Kind> {
  readonly kind: K
  /** The id in the source. A target stores it with the object (external id), so that it can find it again. */
  readonly id: string
  /** Checked, and without a password that the target cannot take. */
  readonly row: RowOf[K]
  /** The target's id, if a link or the ledger knows it. */
  readonly targetId: string | null
  /** A creation was tried before, with an unknown outcome. False: this import has never sent anything for it. */
  readonly attempted: boolean
  /** What the target last returned as `after`; null if nothing. */
  readonly after: string | null
  /** For a membership or a group: the target's ids of what the row names by source ids. Otherwise empty. */
  readonly refs: Refs
}

/** By source ids. */
export interface Refs {
  readonly people: Readonly<Record<string, string>>
  readonly organizations: Readonly<Record<string, string>>
}

/** Passed to each call of a target. */
export interface TargetCall {
  /** Await it before each request: it keeps `rps`, and waits if the target asked for that. */
  readonly pace: () => Promise<void>
  /** Aborts if the whole import must end at once; pass it on to `fetch`. */
  readonly signal: AbortSignal
  /** Within the target's `transaction`: its connection. Otherwise null. */
  readonly query: Query | null
  /**
   * For `find`: nothing is created after it (a dry run), or somebody with the same address may be adopted, so it must
   * report what is `taken`. False: that may be left to `create`, which then refuses.
   */
  readonly wantsTaken: boolean
}

/** What the target has of an item. */
export type Found =
  | { readonly outcome: 'absent' }
  /** It exists, and its external id says that it is this item. */
  | {
      readonly outcome: 'found'
      /** The target's id. */
      readonly id: string
      /** If it was sent before (`item.attempted`): as in `Created`. */
      readonly after?: string
      /** Something is missing, such as members of a group: `update` is called before it counts as done. */
      readonly incomplete?: true
    }
  /** Something else is in its way: see `Taken`. */
  | Taken
  /**
   * Nothing is sent, since the target could not hold it. `code` such as `no_email`; reported here, so a dry run knows
   * it.
   */
  | { readonly outcome: 'rejected'; readonly code: string }

/**
 * What is in the way of an item, usually somebody with the same address. Never adopted, except by `linkVerifiedEmail`.
 */
export interface Taken {
  readonly outcome: 'taken'
  /** Such as `address_taken`, `slug_taken`. */
  readonly code: string
  /** The target's id of what is in the way, if known. */
  readonly id: string | null
  /** For a person with the same address: whether the target has verified that address. Default false. */
  readonly verified?: boolean
  /** No other object of the target has that address. Default false. */
  readonly unique?: boolean
  /** It is already bound to another item by its external id. Default false. */
  readonly bound?: boolean
}

/** What became of a creation. */
export type Created =
  | {
      readonly outcome: 'created'
      readonly id: string
      /**
       * Shows `remove` whether the object was changed since: a revision or a digest (`fingerprint`), never contents.
       */
      readonly after?: string
      /** Part of it needs separate requests: `update` is called before it counts as done. Not within `transaction`. */
      readonly incomplete?: true
    }
  /** It already existed, with our external id: it is looked up again, and is ours only if it had been sent before. */
  | { readonly outcome: 'exists' }
  | Taken
  /** The target does not take it, and will not: `code` such as `invalid_email`. Nothing from the row. */
  | { readonly outcome: 'rejected'; readonly code: string }
  /** Sent, but not answered: it is looked up, and never sent again before that. */
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
  /** This import created it. False: it existed before; only what `adopt` or `update` changed may be restored. */
  readonly created: boolean
  /** As the target returned it. */
  readonly after: string | null
  readonly before: Readonly<Record<string, unknown>> | null
}

/** What became of a removal. */
export type Removed =
  | { readonly outcome: 'removed' }
  /** It is already gone, which is as good. */
  | { readonly outcome: 'absent' }
  /**
   * It stays: `in_use` (somebody has signed in with it), `changed` (no longer as this import left it), or a code of
   * yours.
   */
  | { readonly outcome: 'blocked'; readonly code: string }

/** What a verification found. */
export type Checked =
  | { readonly outcome: 'same' }
  | { readonly outcome: 'absent' }
  /** Names of fields, such as `email`, `emailVerified`; never values. */
  | { readonly outcome: 'differs'; readonly fields: readonly string[] }

/**
 * Where people go. Each method takes items of one kind, at most `batchSize` of them, and answers them in the same
 * order; several calls may run at once (`concurrency`). A `TargetError` that it throws says what to do; anything else
 * is a bug and ends the run, which can be resumed.
 *
 * The import looks an item up before it creates it, notes in the ledger that it was absent, and only then creates it.
 * So a process may be killed at any point: anything that `find` later finds by external id is adopted, and never
 * created twice. `find` must see what an earlier `create` has made. If the call `wantsTaken`, it must also report
 * (`taken`) what `create` would refuse for uniqueness, so that a dry run counts the same.
 */
export interface Target {
  /**
   * The ledger's rows are stored under it, across runs: stable, and different for each place, such as
   * `workos:environment_01J…`.
   */
  readonly name: string
  /** What it can hold. Steps of other kinds are left out. */
  readonly kinds: readonly Kind[]
  /** How many items one call takes; 1 for an API that takes one at a time. */
  readonly batchSize: number
  /** Whether no two of its people have the same address. */
  readonly uniqueAddresses: boolean
  /** Whether no two of its organizations or groups have the same name. Default false. */
  readonly uniqueNames?: boolean
  /** Whether no two of its organizations have the same slug. Default false. */
  readonly uniqueSlugs?: boolean
  /**
   * Whether people can sign in there with this hash. If not, they are imported without it and counted in
   * `resetRequired`.
   */
  readonly takesPassword: (password: PasswordHash) => boolean
  /**
   * For a target that takes one run at a time: called before an import or rollback does anything; the returned function
   * is called when that has ended. Rejects if another one is running.
   */
  readonly hold?: () => Promise<() => Promise<void>>
  readonly find: (items: readonly Item[], call: TargetCall) => Promise<readonly Found[]>
  readonly create: (items: readonly Item[], call: TargetCall) => Promise<readonly Created[]>
  /** Sets the object's external id to this item, and changes nothing else. For `linkVerifiedEmail`. */
  readonly adopt?: (items: readonly Item[], call: TargetCall) => Promise<readonly Updated[]>
  /** Makes the object (`item.targetId`) equal to the row. May be repeated. */
  readonly update?: (items: readonly Item[], call: TargetCall) => Promise<readonly Updated[]>
  readonly remove?: (removals: readonly Removal[], call: TargetCall) => Promise<readonly Removed[]>
  /** Reads the object (`item.targetId`) and compares it with the row. */
  readonly check?: (items: readonly Item[], call: TargetCall) => Promise<readonly Checked[]>
  /** Whether the person (`item.targetId`) has a password there by now. For `invites`; without it, nobody can say. */
  readonly hasPassword?: (items: readonly Item[], call: TargetCall) => Promise<readonly boolean[]>
  /**
   * For a target in the ledger's database: runs `work` in one transaction, which includes `create` and the ledger's
   * row, and is rolled back if `work` rejects. `query` is its connection. No outcome is ever unknown then.
   */
  readonly transaction?: <T>(work: (query: Query) => Promise<T>) => Promise<T>
  readonly close?: () => Promise<void>
}
