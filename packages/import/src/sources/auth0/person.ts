import type { FileRow } from '../../files/rows.js'
import type { ImportRowPerson } from '../../ports/source.js'
import type { Hashes } from './hashes.js'

/** How users of Auth0 become people. */
export interface Auth0Mapping {
  readonly hashes: Hashes
  readonly providers: ReadonlyMap<string, string>
  readonly metadata: readonly string[]
}

/** Fields unchanged: the import checks them. */
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

/**
 * A user of a database connection, which alone has the provider `auth0`. If the field was not requested, the id shows
 * it.
 */
function hasPassword({ user_id: id, identities }: FileRow['value']): boolean {
  if (!Array.isArray(identities)) return typeof id === 'string' && id.startsWith('auth0|')
  return (identities as readonly unknown[]).some(
    (one) => (one as { readonly provider?: unknown } | null)?.provider === 'auth0',
  )
}

/** Auth0's own: a password, an e-mail or a text message, and no account at another provider. */
const OWN: readonly unknown[] = ['auth0', 'email', 'sms']

/** Who each identity is, and never its tokens. Anything but a list of identities is passed on, and refused. */
function identitiesOf(identities: unknown, providers: Auth0Mapping['providers']): unknown {
  if (!Array.isArray(identities)) return identities
  return (identities as readonly unknown[]).flatMap((one): unknown[] => {
    if (typeof one !== 'object' || one === null) return [one]
    const { provider, user_id: user, connection, isSocial } = one as Readonly<Record<string, unknown>>
    if (OWN.includes(provider)) return []
    // For enterprise and custom connections, `provider` is only the protocol.
    const isNamed = isSocial === true && provider !== 'oauth2'
    const name = [connection, provider].map((key) => providers.get(String(key))).find((known) => known !== undefined)
    return [{ provider: name ?? (isNamed ? provider : connection), subject: subjectOf(user, connection) }]
  })
}

/** Without the connection's name, which Auth0 puts in front. */
function subjectOf(user: unknown, connection: unknown): unknown {
  const prefix = `${String(connection)}|`
  return typeof user === 'string' && user.startsWith(prefix) ? user.slice(prefix.length) : user
}
