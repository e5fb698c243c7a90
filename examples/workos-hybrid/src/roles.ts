/** What WorkOS calls a role, and what it is here. A role that is not in the table is none. */
export const ROLES: Readonly<Record<string, string>> = {
  owner: 'OWNER',
  admin: 'ADMIN',
  member: 'MEMBER',
  viewer: 'VIEWER',
}
/** What each of them may. */
export const GRANTS: Readonly<Record<string, readonly string[]>> = {
  OWNER: ['*'],
  ADMIN: ['projects:*', 'members:read'],
  MEMBER: ['projects:read', 'projects:write'],
  VIEWER: ['projects:read'],
}
