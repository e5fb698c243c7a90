import type { Linked } from '../identity/link.js'
import type { Principal } from '../identity/principal.js'
import type { VerifiedIdentity } from '../route/verifier.js'
import { wordsOf } from './words-of.js'

const LINK_FINDINGS = {
  identity_unlinked: 'link knows no account for this verifier, issuer and subject',
  account_deactivated: 'link returned an account that is not active',
  account_conflict: 'link found that the account belongs to somebody else, which must be resolved',
  account_refused: 'link refused the account, for a reason of the application',
} as const

/** Why `link` let nobody in, in words for support. */
export function refusalOfLink(refused: Exclude<Linked, { ok: true }>): [string, ...string[]] {
  const { code, cause } = refused
  const words = wordsOf(cause)
  if (code === 'account_unavailable') return [`link failed: ${words}`]
  const own = refused.linkReason === undefined ? [] : [`its reason: ${refused.linkReason}`]
  return [LINK_FINDINGS[code], ...own, ...(words === '' ? [] : [`its cause: ${words}`])]
}

/** What `link` made of an identity. */
export function accountFindings(identity: VerifiedIdentity, principal: Principal): [string, ...string[]] {
  const { length } = principal.roles
  return [
    `link returned an account with ${length} ${length === 1 ? 'role' : 'roles'} here`,
    ...unreadMembers(principal.account),
    ...organizationFindings(identity, principal),
  ]
}

/** What a row may call what `link` has to return under another name. */
const UNREAD: readonly (readonly [
  member: 'roles' | 'permissions' | 'active' | 'organization' | 'memberships',
  write: string,
  names: readonly string[],
])[] = [
  ['roles', 'a list `roles`', ['role']],
  ['permissions', 'a list `permissions`', ['permission']],
  ['memberships', 'a list `memberships`', ['membership']],
  ['active', 'it as `active`', ['is_active', 'isActive', 'enabled']],
  [
    'active',
    '`active: false` where it is true',
    ['disabled', 'deactivated', 'suspended', 'blocked', 'banned', 'is_banned', 'isBanned'],
  ],
  [
    'organization',
    'it as `organization`',
    ['organization_id', 'organizationId', 'org_id', 'orgId', 'tenant_id', 'tenantId'],
  ],
]

/** A row that is returned as it stands may say that somebody is disabled, in a member that nothing reads. */
function unreadMembers(account: Principal['account']): readonly string[] {
  return UNREAD.filter(([member]) => account[member] === undefined).flatMap(([, write, names]) =>
    names
      .filter((name) => Object.hasOwn(account, name))
      .map((name) => `the account has \`${name}\`, which is not read: return ${write} if it means that`),
  )
}

/** Findings about the provider's organization. Its id is not repeated, because it belongs to somebody else. */
function organizationFindings(
  { organization: named }: VerifiedIdentity,
  { organization, account }: Principal,
): readonly string[] {
  if (named === null) return []
  if (organization === null)
    return [
      'names an organization that `link` does not map to one of this application: it acts for no organization here',
    ]
  if (organization !== named) return ['names an organization that `link` maps to one of this application']
  if (account.organization === undefined)
    return ['names an organization that `link` does not map: the id of the provider counts as one of this application']
  return []
}
