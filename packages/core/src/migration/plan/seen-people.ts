/** Where a person was seen, in one organization that they acted for. */
export interface SeenPlace {
  /** Null: acting for none. */
  readonly organization: string | null
  /** Accepted on the old side within 30 days. */
  readonly old: boolean
  /** Accepted on the new side within 30 days. */
  readonly new: boolean
  /**
   * Depends on the old side: accepted there within 30 days, or with a credential that has not expired, and not accepted
   * on the new side an hour or more later.
   */
  readonly needsOld: boolean
  /** Depends on the new side, likewise. */
  readonly needsNew: boolean
  /** Depends on the old side with a credential that expires after the moment in question. Default false. */
  readonly outlives?: boolean
}

/** The number of different people seen in exactly these places. */
export interface SeenPeople {
  readonly people: number
  readonly places: readonly SeenPlace[]
}

/** The evidence about people for a change of policy. */
export interface MoveEvidence {
  readonly seen: readonly SeenPeople[]
  /** When the evidence starts, in milliseconds since the epoch. People who were only there before are not counted. */
  readonly since: number
  /** Organizations that the change names for the first time and that nobody was ever seen acting for. */
  readonly unseen?: readonly string[]
}

/** How many different people were seen in a place like this. */
export function countPeople(seen: readonly SeenPeople[], isCounted: (place: SeenPlace) => boolean): number {
  return seen.filter(({ places }) => places.some(isCounted)).reduce((sum, { people }) => sum + people, 0)
}
