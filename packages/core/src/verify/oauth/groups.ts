import { optionError } from '../../settings/options.js'

/** What membership in a provider's group means here. */
export interface GroupRule {
  /**
   * The whole name of the group, such as `tenant_{organization}_admins`. `{organization}` stands for one of this
   * application's organizations: lower-case letters, digits and `-`. Without it, the role holds in every organization.
   */
  readonly pattern: string
  /** Without a role, members of the group only belong to the organization. */
  readonly role?: string
}

/** The result of one caller's groups. */
export interface Memberships {
  /** Roles by organization, in the order of the groups. */
  readonly organizations: ReadonlyMap<string, readonly string[]>
  /** Roles of groups that name no organization. */
  readonly roles: readonly string[]
}

export type ReadGroups = (groups: readonly string[]) => Memberships

export const PLACEHOLDER = '{organization}'
const ORGANIZATION = /^[a-z0-9-]{1,128}$/

interface Rule {
  readonly before: string
  /** Null if the pattern has no placeholder. */
  readonly after: string | null
  readonly role: string | null
}

/**
 * Compiles the rules once. Names are compared whole, as text, without regular expressions.
 *
 * @throws {AuthError} `configuration_invalid`: a pattern could read a group in two ways.
 */
export function createGroupReader(rules: readonly GroupRule[], path: string): ReadGroups {
  const compiled = rules.map(({ pattern, role }, index) => compile(pattern, role ?? null, `${path}[${index}]`))
  return (groups) => {
    const organizations = new Map<string, string[]>()
    const everywhere: string[] = []
    for (const group of groups) {
      for (const rule of compiled) {
        const organization = match(rule, group)
        if (organization === null) continue
        const roles = organization === '' ? everywhere : (organizations.get(organization) ?? [])
        if (organization !== '') organizations.set(organization, roles)
        if (rule.role !== null && !roles.includes(rule.role)) roles.push(rule.role)
      }
    }
    return { organizations, roles: everywhere }
  }
}

function compile(pattern: string, role: string | null, rule: string): Rule {
  const [before = '', after = null, ...more] = pattern.split(PLACEHOLDER)
  const path = `${rule}.pattern`
  if (more.length > 0) throw optionError(path, `may hold ${PLACEHOLDER} once`)
  if (/[{}]/.test(before + (after ?? ''))) throw optionError(path, `knows no placeholder but ${PLACEHOLDER}`)
  // Otherwise `{organization}-admins` would read the group of an organization `acme-admins` as the admins of `acme`.
  if (after !== null && (/[a-z0-9-]$/.test(before) || /^[a-z0-9-]/.test(after)))
    throw optionError(path, `needs a character beside ${PLACEHOLDER} that no organization holds, such as _ / or :`)
  if (after === null && role === null) throw optionError(rule, `needs a role, ${PLACEHOLDER} in its pattern, or both`)
  return { before, after, role }
}

/** The organization; `''` if the group names none; null if the rule does not apply to this group. */
function match({ before, after }: Rule, group: string): string | null {
  if (after === null) return group === before ? '' : null
  if (!group.startsWith(before) || !group.endsWith(after)) return null
  // Empty if the two sides overlap.
  const organization = group.slice(before.length, group.length - after.length)
  return ORGANIZATION.test(organization) ? organization : null
}
