import { AuthError } from '@dualauth/core'
import { json } from '../http/answer.js'
import type { LegacyPasswordDialect, LegacyProfile } from './options.js'

/** What is asked. */
export interface Question {
  readonly identifier: string
  readonly password: string
}

/** How a provider asks, and how it wants to be answered. */
export interface Dialect {
  /** @throws {AuthError} `request_invalid` */
  read(request: Request, body: unknown): Question
  right(profile: LegacyProfile): Response
  wrong(): Response
}

const MAX_IDENTIFIER = 320

function fields(identifier: string): Dialect['read'] {
  return (_, body) => question((body as Readonly<Record<string, unknown>> | null)?.[identifier], body, identifier)
}

function question(identifier: unknown, body: unknown, named: string): Question {
  const password = (body as { readonly password?: unknown } | null | undefined)?.password
  if (typeof identifier !== 'string' || identifier === '' || identifier.length > MAX_IDENTIFIER)
    throw new AuthError('request_invalid', { detail: `${named} must be a text of 1 to ${MAX_IDENTIFIER} characters` })
  if (typeof password !== 'string') throw new AuthError('request_invalid', { detail: 'password must be a text' })
  return { identifier, password }
}

/** The last part of the path. */
function fromPath(request: Request, body: unknown): Question {
  const last = new URL(request.url).pathname.split('/').at(-1) ?? ''
  let identifier: string
  try {
    identifier = decodeURIComponent(last)
  } catch {
    throw new AuthError('request_invalid', { detail: 'the path is not percent-encoded UTF-8' })
  }
  return question(identifier, body, 'the last part of the path')
}

function profile({ id, email, emailVerified, username, name }: LegacyProfile): Readonly<Record<string, unknown>> {
  return { id, email, emailVerified: emailVerified === true, username, name }
}

/** As Keycloak's plugin reads a person. */
export function personOf({
  id,
  email,
  emailVerified,
  username,
  name,
}: LegacyProfile): Readonly<Record<string, unknown>> {
  const [firstName, ...rest] = (name ?? '').split(' ')
  return {
    id,
    username: username ?? email ?? id,
    email,
    firstName,
    lastName: rest.join(' '),
    enabled: true,
    emailVerified: emailVerified === true,
    attributes: {},
    roles: [],
    groups: [],
    requiredActions: [],
  }
}

export const DIALECTS: Readonly<Record<LegacyPasswordDialect, Dialect>> = {
  // For scripts such as those of Auth0's custom databases, which turn it into their own errors.
  script: {
    read: fields('identifier'),
    right: (person) => json(200, { outcome: 'ok', profile: profile(person) }),
    wrong: () => json(200, { outcome: 'wrong' }),
  },
  // 403 is a wrong password; any other status but 200 is an outage.
  ory: {
    read: fields('identifier'),
    right: () => json(200, { status: 'password_match' }),
    wrong: () => json(403, { status: 'password_mismatch' }),
  },
  // 404 is a wrong password, too.
  fusionauth: {
    read: fields('loginId'),
    right: ({ id, email, emailVerified, username, name }) =>
      json(200, { user: { id, email, username, fullName: name, verified: emailVerified === true, active: true } }),
    wrong: () => json(404, {}),
  },
  // The plugin for migrating users asks by GET who it is, and by POST whether the password is right; 200 is yes.
  keycloak: { read: fromPath, right: () => json(200, {}), wrong: () => json(403, {}) },
}
