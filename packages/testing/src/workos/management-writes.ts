import type { EventsEndpoint, WorkosKind, WorkosObject } from './directory.js'

/** The answer; a null body means no body. */
export interface Answer {
  readonly status: number
  readonly body: object | null
}

type Fields = Readonly<Record<string, unknown>>

/** Changes the directory, and refuses what WorkOS refuses. */
export interface ManagementWrites {
  create(kind: WorkosKind, fields: Fields): Answer
  update(kind: WorkosKind, object: WorkosObject, fields: Fields): Answer
  remove(kind: WorkosKind, object: WorkosObject): Answer
}

/** Fields that a request may set, by kind. */
const SETTABLE: Readonly<Record<WorkosKind, readonly string[]>> = {
  user: ['email', 'email_verified', 'first_name', 'last_name', 'name', 'external_id', 'metadata', 'locale'],
  organization: ['name', 'external_id', 'metadata'],
  organization_membership: ['user_id', 'organization_id'],
}
/** How a hash begins, by `password_hash_type`. */
const HASHES: Readonly<Record<string, RegExp>> = {
  bcrypt: /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/,
  'firebase-scrypt': /^\$firebase-scrypt\$/,
  ssha: /^\{SSHA\}[A-Za-z0-9+/]+=*$/,
  ssha256: /./,
  scrypt: /^\$scrypt\$v=1\$n=\d+,r=\d+,p=\d+,kl=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
  pbkdf2: /^\$pbkdf2\$i=\d+,d=sha(?:256|512)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
  argon2: /^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
}

export function createManagementWrites({ directory, find, list }: EventsEndpoint): ManagementWrites {
  function refusal(kind: WorkosKind, fields: Fields, id: string | null): Answer | null {
    const errors: { code: string; message: string }[] = []
    const isOther = (one: WorkosObject | undefined): boolean => one !== undefined && one.id !== id
    const { external_id: externalId, email } = fields
    if (kind === 'user' && typeof email === 'string' && list('user', 'email', email).some(isOther))
      errors.push({ code: 'email_not_available', message: 'This email is not available.' })
    if (typeof externalId === 'string' && isOther(find(kind, 'external_id', externalId)))
      errors.push({ code: 'external_id_already_used', message: 'This external ID is already used.' })
    if (errors.length === 0) return null
    // A creation lists everything that is wrong; an update reports one thing.
    return kind === 'user' && id === null
      ? { status: 400, body: { code: 'user_creation_error', message: 'Could not create user.', errors } }
      : { status: 400, body: errors[0]! }
  }

  return {
    create(kind, fields) {
      const refused = malformed(kind, fields, true) ?? refusal(kind, fields, null)
      if (refused !== null) return refused
      if (kind !== 'organization_membership')
        return { status: 201, body: directory.create(kind, { ...named(kind), ...settable(kind, fields) }) }
      const { user_id: user, organization_id: organization } = fields
      const missing =
        find('user', 'id', String(user)) === undefined
          ? user
          : find('organization', 'id', String(organization)) === undefined
            ? organization
            : null
      if (missing !== null)
        return { status: 404, body: { message: 'Not found', code: 'entity_not_found', entity_id: missing } }
      const isThere = list(kind, 'user_id', String(user)).some((one) => one['organization_id'] === organization)
      if (isThere)
        return {
          status: 400,
          body: { code: 'organization_membership_already_exists', message: 'It is there already.' },
        }
      return { status: 201, body: directory.create(kind, { ...settable(kind, fields), ...rolesIn(fields) }) }
    },
    update(kind, object, fields) {
      const refused = malformed(kind, fields, false) ?? refusal(kind, fields, object.id)
      if (refused !== null) return refused
      const changed = kind === 'organization_membership' ? rolesInstead(fields) : settable(kind, fields)
      return { status: 200, body: directory.update(kind, object.id, changed) }
    },
    remove(kind, object) {
      const key = kind === 'user' ? 'user_id' : 'organization_id'
      if (kind !== 'organization_membership')
        for (const one of list('organization_membership', key, object.id))
          directory.delete('organization_membership', one.id)
      directory.delete(kind, object.id)
      return { status: kind === 'user' ? 200 : 204, body: null }
    },
  }
}

function named(kind: WorkosKind): Fields {
  return kind === 'user' ? { email_verified: false, first_name: null, last_name: null, name: null } : {}
}

function settable(kind: WorkosKind, fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => SETTABLE[kind].includes(name)))
}

function rolesIn({ role_slug: one, role_slugs: several }: Fields): Fields {
  const slugs = Array.isArray(several) ? several.map(String) : one === undefined ? [] : [String(one)]
  if (slugs.length === 0) return {}
  const roles = slugs.map((slug) => ({ slug }))
  return { role: roles[0], ...(Array.isArray(several) && { roles }) }
}

function rolesInstead(fields: Fields): Fields {
  const roles = rolesIn(fields)
  return roles['role'] === undefined ? {} : { roles: [roles['role']], ...roles }
}

/** What WorkOS is documented to check. */
function malformed(kind: WorkosKind, fields: Fields, isNew: boolean): Answer | null {
  const invalid = (code: string, field: string): Answer => ({
    status: 422,
    body: { message: 'Validation failed', errors: [{ code, field }] },
  })
  const { email, name, external_id: externalId, metadata = {} } = fields
  if (kind === 'user' && (isNew || email !== undefined) && !/^[^\s@]+@[^\s@]+$/.test(String(email)))
    return invalid('email_required', 'email')
  if (kind === 'organization' && isNew && typeof name !== 'string') return invalid('name_required', 'name')
  if (typeof externalId === 'string' && !/^[\x20-\x7e]{1,128}$/.test(externalId))
    return invalid('external_id_invalid', 'external_id')
  const entries = Object.entries(metadata as Fields)
  if (entries.length > 50 || entries.some(([key, value]) => key.length > 40 || !isValue(value)))
    return invalid('metadata_invalid', 'metadata')
  const { password_hash: hash, password_hash_type: type } = fields
  if (hash !== undefined && HASHES[String(type)]?.test(String(hash)) !== true)
    return { status: 400, body: { code: 'invalid_password_hash', message: 'The password hash is invalid.' } }
  return null
}

function isValue(value: unknown): boolean {
  return value === null || (typeof value === 'string' && value.length <= 600)
}
