/** An event of WorkOS, as its webhooks deliver it and its Events API lists it. */
export interface WorkosEvent {
  /** `event_…`, the same wherever the event is seen. */
  readonly id: string
  /** Its type, such as `organization_membership.updated`. */
  readonly event: string
  /** ISO 8601, as WorkOS writes it. */
  readonly createdAt: string
  /** The object that it is about, as WorkOS writes it. */
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * What became of an event: `applied`; `stale`, because something newer of its object is known; `duplicate`, because it was
 * settled before; `unknown`, because nothing here is kept of its type.
 */
export type WorkosEventOutcome = 'applied' | 'stale' | 'duplicate' | 'unknown'

/** Where a reading goes on. */
export interface WorkosCursor {
  /** How far it was read, as `advance` was given it; null before the first. */
  readonly after: string | null
}

/** Something that one process reads at a time, and the next one reads on. */
export interface WorkosReading {
  /** Begins to read, alone until the lease ends; null while somebody else does. */
  begin(lease: { readonly holder: string; readonly leaseMs: number }): Promise<WorkosCursor | null>
  /** Everything up to here was read. False if the lease was lost, and nothing was written. */
  advance(lease: { readonly holder: string; readonly leaseMs: number }, after: string): Promise<boolean>
  /** Gives the lease back. */
  end(lease: { readonly holder: string }): Promise<void>
}

/** What has events, as they name it. */
export type WorkosObjectKind = 'user' | 'organization' | 'organization_membership'

/**
 * What became of an object that was listed: `applied`; `known`, because it stands here already; `stale`, because something newer is
 * known; `refused`, because it cannot be read.
 */
export type WorkosListedOutcome = 'applied' | 'known' | 'stale' | 'refused'

/**
 * Keeps what the events of WorkOS say, in whichever order and however often they arrive, such as `workosSync(query)` of
 * `@dualauth/postgres`. A rejection means that the store cannot be reached; an event that cannot be read is refused as
 * `request_invalid`. `begin`, `advance` and `end` are of the reading of the Events API.
 */
export interface WorkosSync extends WorkosReading {
  /** @param options.settle Whether nothing else has to be done about the event. Without it, `settle` is to follow. */
  apply(event: WorkosEvent, options: { readonly settle: boolean }): Promise<WorkosEventOutcome>
  /** Everything was done about an event: from now on it is a duplicate. */
  settle(id: string): Promise<void>
  /**
   * Keeps objects as the API lists them, which events may have brought before, or bring later. Of an object and an event that state the
   * same time, the event counts.
   * @param options.dryRun Whether nothing is written, and the outcomes say what would be.
   * @returns One outcome for each object, in their order.
   */
  keep(
    kind: WorkosObjectKind,
    objects: readonly unknown[],
    options: { readonly dryRun: boolean },
  ): Promise<readonly WorkosListedOutcome[]>
  /** The reading of the lists, for an import. */
  readonly imports: WorkosReading
}
