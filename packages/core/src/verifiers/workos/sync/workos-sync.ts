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

/** Where a catch-up goes on. */
export interface WorkosCursor {
  /** Id of the last event that was read from the Events API; null before the first. */
  readonly after: string | null
}

/**
 * Keeps what the events of WorkOS say, in whichever order and however often they arrive, such as `workosSync(query)` of
 * `@dualauth/postgres`. A rejection means that the store cannot be reached; an event that cannot be read is refused as
 * `request_invalid`.
 */
export interface WorkosSync {
  /** @param options.settle Whether nothing else has to be done about the event. Without it, `settle` is to follow. */
  apply(event: WorkosEvent, options: { readonly settle: boolean }): Promise<WorkosEventOutcome>
  /** Everything was done about an event: from now on it is a duplicate. */
  settle(id: string): Promise<void>
  /** Begins to catch up, alone until the lease ends; null while somebody else does. */
  begin(lease: { readonly holder: string; readonly leaseMs: number }): Promise<WorkosCursor | null>
  /** Everything up to this event was read from the Events API. False where the lease was lost, and nothing was written. */
  advance(lease: { readonly holder: string; readonly leaseMs: number }, after: string): Promise<boolean>
  /** Gives the lease back. */
  end(lease: { readonly holder: string }): Promise<void>
}
