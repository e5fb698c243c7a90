/** A WorkOS event, from its webhooks or its Events API. */
export interface WorkosEvent {
  /** `event_…`. The same in webhooks and the Events API. */
  readonly id: string
  /** Its type, such as `organization_membership.updated`. */
  readonly event: string
  /** ISO 8601, as WorkOS writes it. */
  readonly createdAt: string
  /** The object of the event, as WorkOS writes it. */
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * The outcome of an event: `applied`; `stale`: newer data of its object is known; `duplicate`: it was settled before;
 * `unknown`: nothing of its type is stored here.
 */
export type WorkosEventOutcome = 'applied' | 'stale' | 'duplicate' | 'unknown'

/** The position of a reader. */
export interface WorkosCursor {
  /** The last position passed to `advance`; null before the first. */
  readonly after: string | null
}

/** A feed that one process reads at a time and another process can continue. */
export interface WorkosReading {
  /** Starts reading exclusively until the lease ends; null while another process reads. */
  begin(lease: { readonly holder: string; readonly leaseMs: number }): Promise<WorkosCursor | null>
  /** Records that everything up to here was read. False: the lease was lost, and nothing was written. */
  advance(lease: { readonly holder: string; readonly leaseMs: number }, after: string): Promise<boolean>
  /** Gives the lease back. */
  end(lease: { readonly holder: string }): Promise<void>
}

/** The kinds of objects that have events. */
export type WorkosObjectKind = 'user' | 'organization' | 'organization_membership'

/**
 * The outcome of a listed object: `applied`; `known`: it is already stored; `stale`: newer data is known; `refused`: it
 * cannot be read.
 */
export type WorkosListedOutcome = 'applied' | 'known' | 'stale' | 'refused'

/**
 * Stores the data of WorkOS events, whatever their order and however often they arrive, such as `workosSync(query)` of
 * `@dualauth/postgres`. A rejection means that the store cannot be reached; an event that cannot be read is refused as
 * `request_invalid`. `begin`, `advance` and `end` are for reading the Events API.
 */
export interface WorkosSync extends WorkosReading {
  /** @param options.settle True: nothing else has to be done for the event. False: call `settle` later. */
  apply(event: WorkosEvent, options: { readonly settle: boolean }): Promise<WorkosEventOutcome>
  /** Marks an event as done. From now on it is a duplicate. */
  settle(id: string): Promise<void>
  /**
   * Stores objects as the API lists them. Events may have delivered them before, or may deliver them later. If an
   * object and an event have the same time, the event wins.
   * @param options.dryRun True: nothing is written, and the outcomes say what would be.
   * @returns One outcome for each object, in the same order.
   */
  keep(
    kind: WorkosObjectKind,
    objects: readonly unknown[],
    options: { readonly dryRun: boolean },
  ): Promise<readonly WorkosListedOutcome[]>
  /** The reading of the lists, for an import. */
  readonly imports: WorkosReading
}
