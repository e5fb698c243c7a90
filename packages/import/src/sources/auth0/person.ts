import type { FileRow } from '../../files/rows.js'
import type { ImportRowPerson } from '../../ports/source.js'
import type { Hashes } from './hashes.js'

/** How users of Auth0 become people. */
export interface Auth0Mapping {
  readonly hashes: Hashes
  readonly providers: ReadonlyMap<string, string>
  readonly metadata: readonly string[]
}

/** Fields as they are: the import judges them. */
export function personOf(user: FileRow['value'], { hashes, providers, metadata }: Auth0Mapping): object {
  const id = user['user_id']
  const person: Record<keyof ImportRowPerson, unknown> = {
    id,
    email: user['email'],
    emailVerified: user['email_verified'],
    name: user['name'],
    firstName: user['given_name'],
    lastName: user['family_name'],
    image: user['picture'],
    passwordHash: typeof id === 'string' ? hashes.of.get(id) : undefined,
    passwordFormat: undefined,
    hasPassword: hasPassword(user) || undefined,
    disabled: user['blocked'],
    organization: undefined,
    createdAt: user['created_at'],
    updatedAt: user['updated_at'],
    externalIdentities: identitiesOf(user['identities'], providers),
    metadata: Object.fromEntries(metadata.flatMap((name) => (Object.hasOwn(user, name) ? [[name, user[name]]] : []))),
  }
  return person
}

/** Somebody of a database connection: `auth0` is the provider of those alone. A field that was not asked for is told by the id. */
function hasPassword({ user_id: id, identities }: FileRow['value']): boolean {
  if (!Array.isArray(identities)) return typeof id === 'string' && id.startsWith('auth0|')
  return (identities as readonly unknown[]).some(
    (one) => (one as { readonly provider?: unknown } | null)?.provider === 'auth0',
  )
}

/** Auth0's own: a password, a mail or a message, and no account at another provider. */
const OWN: readonly unknown[] = ['auth0', 'email', 'sms']

/** Of each identity who it is, and never its tokens. What is no list of identities is handed on, and refused. */
function identitiesOf(identities: unknown, providers: Auth0Mapping['providers']): unknown {
  if (!Array.isArray(identities)) return identities
  return (identities as readonly unknown[]).flatMap((one): unknown[] => {
    if (typeof one !== 'object' || one === null) return [one]
    const { provider, user_id: user, connection, isSocial } = one as Readonly<Record<string, unknown>>
    if (OWN.includes(provider)) return []
    // Of a company's connection and of one of one's own, `provider` is the protocol only.
    const isNamed = isSocial === true && provider !== 'oauth2'
    const name = [connection, provider].map((key) => providers.get(String(key))).find((known) => known !== undefined)
    return [{ provider: name ?? (isNamed ? provider : connection), subject: subjectOf(user, connection) }]
  })
}

/** Without the name of the connection, which Auth0 puts before it. */
function subjectOf(user: unknown, connection: unknown): unknown {
  const prefix = `${String(connection)}|`
  return typeof user === 'string' && user.startsWith(prefix) ? user.slice(prefix.length) : user
}
