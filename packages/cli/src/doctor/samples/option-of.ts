import type { InspectedVerifier } from '@dualauth/core'

/** The option of a verifier that names its cookie, for an operator. */
export function cookieOption({ kind, name }: InspectedVerifier): string {
  return ['authJs', 'expressSession', 'ironSession'].includes(kind)
    ? `\`cookie\` of ${name}`
    : `\`carriers\` of ${name}, or \`cookie\` of its session`
}

/** What to do if none of the secrets of a verifier opens a sealed session. */
export function sealMend({ kind, name }: InspectedVerifier): string {
  if (kind === 'authJs')
    return `Put \`AUTH_SECRET\` of the application into \`secrets\` of ${name}. If its own \`jwt.encode\` passes a \`salt\`, set \`salt\` to the same.`
  if (kind === 'ironSession') return `Put the \`password\` of iron-session into \`passwords\` of ${name}.`
  return `Put the password that seals it into \`cookiePasswords\` of the session of ${name}.`
}

/** What to do if a genuine credential has no session where the verifier looks. */
export function noSessionMend({ kind, name, sessions }: InspectedVerifier): string {
  switch (sessions?.kind) {
    case 'redis':
      return 'Compare `prefix` of `redisSessions` with the keys (`redis-cli --scan --pattern "*" | head`), and the number of the database in the URL.'
    case 'sql':
      return 'Compare the database that `query` asks with the one of Better Auth, and `tables`; with `secondaryStorage`, sessions are there: use `redisSessions`.'
    case 'http':
      return 'Compare the address of `httpSessions` with the server that signed this one in; it must know the cookie by its name and have the same secret.'
    default:
  }
  if (kind === 'expressSession')
    return `Compare \`store\` of ${name} with the one that the application hands to express-session: the same object, or one over the same database with the same prefix or table. A \`MemoryStore\` is in one process only.`
  if (kind === 'sessions')
    return `Compare \`find\` and \`storedAs\` of ${name} with where the application keeps sessions.`
  return 'Compare what `sessions` asks with where Better Auth keeps them.'
}
