import type { FileRow } from '../../files/rows.js'
import type { ImportRowPerson } from '../../ports/source.js'
import { isListed } from './listed.js'
import { passwordOf } from './password.js'

/** What Clerk's dashboard file adds to the API: only passwords. */
export interface ClerkPassword {
  readonly digest: string
  readonly hasher: string
}

/** How users of Clerk become people. */
export interface ClerkMapping {
  readonly providers: ReadonlyMap<string, string>
  readonly metadata: readonly string[]
}

type Person = Record<keyof ImportRowPerson, unknown>

/** A row of the dashboard's CSV file. It does not say who is banned. */
export function personOfCsv(row: FileRow['value'], { metadata }: ClerkMapping): object {
  const email = row['primary_email_address']
  const person: Person = {
    ...namesOf(row),
    id: row['id'],
    email,
    emailVerified: isListed(email, row['verified_email_addresses']),
    image: undefined,
    ...passwordOf(row['password_digest'], row['password_hasher']),
    hasPassword: undefined,
    disabled: undefined,
    organization: undefined,
    createdAt: undefined,
    updatedAt: undefined,
    externalIdentities: undefined,
    metadata: picked(row, metadata),
  }
  return person
}

/** A user as the Backend API writes it. */
export function personOfApi(
  user: FileRow['value'],
  { providers, metadata }: ClerkMapping,
  password: ClerkPassword | undefined,
): object {
  const address = listOf(user['email_addresses']).find(({ id }) => id === user['primary_email_address_id'])
  const person: Person = {
    ...namesOf(user),
    id: user['id'],
    email: address?.['email_address'],
    emailVerified: address !== undefined && isVerified(address),
    image: user['has_image'] === false ? undefined : user['image_url'],
    ...passwordOf(password?.digest, password?.hasher),
    hasPassword: user['password_enabled'],
    disabled: user['banned'],
    organization: undefined,
    createdAt: user['created_at'],
    updatedAt: user['updated_at'],
    externalIdentities: listOf(user['external_accounts'])
      .filter(isVerified)
      .map((account) => ({
        provider: providerOf(account['provider'], providers),
        subject: account['provider_user_id'],
      })),
    metadata: picked(user, metadata),
  }
  return person
}

/** An address, or an account at a provider, may be somebody else's until it is verified. */
function isVerified({ verification }: Readonly<Record<string, unknown>>): boolean {
  return (verification as { readonly status?: unknown } | null | undefined)?.status === 'verified'
}

function namesOf({ first_name: firstName, last_name: lastName }: FileRow['value']) {
  return { name: undefined, firstName, lastName }
}

/** `oauth_google` is Google. */
function providerOf(provider: unknown, providers: ClerkMapping['providers']): unknown {
  if (typeof provider !== 'string') return provider
  return providers.get(provider) ?? provider.replace(/^oauth_(?:custom_)?/, '')
}

function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}

function picked(user: FileRow['value'], names: readonly string[]): object {
  const there = names.filter((name) => Object.hasOwn(user, name) && user[name] !== '')
  return Object.fromEntries(there.map((name) => [name, user[name]]))
}
