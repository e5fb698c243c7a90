/** Where somebody was seen, in one organization that they acted for. */
export interface SeenPlace {
  /** Null: acting for none. */
  readonly organization: string | null
  /** Accepted on the old side within 30 days. */
  readonly old: boolean
  /** Accepted on the new side within 30 days. */
  readonly new: boolean
  /**
   * Depends on the old side: was accepted there within 30 days, or with a credential that states an end to come, and not on
   * the new side an hour later or after that.
   */
  readonly needsOld: boolean
  /** Depends on the new side, likewise. */
  readonly needsNew: boolean
  /** Depends on the old side by a credential that is current beyond the moment that was asked about. Default false. */
  readonly outlives?: boolean
}

/** So many different people were seen in exactly these places. */
export interface SeenPeople {
  readonly people: number
  readonly places: readonly SeenPlace[]
}

/** What is known of people when a policy changes. */
export interface MoveEvidence {
  readonly seen: readonly SeenPeople[]
  /** Since when somebody has watched, in milliseconds since the epoch: who was there before is not counted. */
  readonly since: number
  /** Of the organizations that the change names for the first time: those that nobody was ever seen acting for. */
  readonly unseen?: readonly string[]
}

/** How many different people were seen in a place like this. */
export function countPeople(seen: readonly SeenPeople[], isCounted: (place: SeenPlace) => boolean): number {
  return seen.filter(({ places }) => places.some(isCounted)).reduce((sum, { people }) => sum + people, 0)
}
