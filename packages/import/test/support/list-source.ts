import type {
  ImportRowGroup,
  ImportRowMembership,
  ImportRowOrganization,
  ImportRowPerson,
  Source,
} from '../../src/index.js'

/** What a source holds. */
export interface Rows {
  readonly people: readonly ImportRowPerson[]
  readonly organizations?: readonly ImportRowOrganization[]
  readonly memberships?: readonly ImportRowMembership[]
  readonly groups?: readonly ImportRowGroup[]
}

export function listSource({ people, organizations = [], memberships = [], groups = [] }: Rows): Source {
  const each = (rows: readonly unknown[]) =>
    async function* (): AsyncGenerator {
      for (const row of rows) yield row
    }
  return {
    name: 'list',
    people: each(people),
    organizations: each(organizations),
    memberships: each(memberships),
    groups: each(groups),
  }
}

/** So many people with addresses. */
export function somePeople(length: number): readonly ImportRowPerson[] {
  return Array.from({ length }, (_none, index) => ({
    id: `u-${index}`,
    email: `u${index}@example.com`,
    emailVerified: index % 2 === 0,
  }))
}
