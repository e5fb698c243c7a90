import { AuthError, isAuthError } from '@dualauth/core'
import { json } from '../http/answer.js'
import type { Endpoints } from '../http/endpoints.js'
import { assertMediaType, readBody } from '../http/read-body.js'
import { parseJson } from '../http/read-json.js'
import { createAttempts, type Attempts } from './attempts.js'
import { createCallerCheck, type CheckCaller } from './caller.js'
import { DIALECTS, personOf, type Dialect } from './dialects.js'
import {
  parseLegacyPasswordOptions,
  type LegacyPasswordEndpointOptions,
  type LegacyPasswordEvent,
  type LegacyProfile,
  type Settings,
} from './options.js'

/**
 * Tells a provider whether a password is correct on the old side, in the provider's own format: a script such as those
 * of Auth0's custom databases, Ory's password migration hook, FusionAuth's generic connector, Keycloak's plugin for
 * migrating users.
 *
 * There are three outcomes: right, wrong, and 503 with `Retry-After` for an outage. An unknown person gets the answer
 * for a wrong password, after the same amount of work. The caller authenticates with one of `secrets`; otherwise 401
 * `client_invalid`. Attempts are limited for each identifier and in total: 429 with `Retry-After`. No answer, message
 * or event names a person, except the profile after a right password.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function legacyPasswordEndpoint(options: LegacyPasswordEndpointOptions): Endpoints {
  const settings = parseLegacyPasswordOptions(options)
  const { dialect, onEvent } = settings
  const isCaller = createCallerCheck(settings)
  const attempts = createAttempts(settings)
  const tell = (outcome: LegacyPasswordEvent['outcome'], code: string | null): void => {
    try {
      const returned: unknown = onEvent?.({ type: 'legacy_password', dialect, outcome, code })
      Promise.resolve(returned).catch(() => {})
    } catch {
      // Who listens changes no answer.
    }
  }

  return async (request) => {
    try {
      const response = await answer(settings, isCaller, attempts, request)
      if (request.method === 'POST') tell(response.ok && !response.headers.has(WRONG) ? 'ok' : 'wrong', null)
      response.headers.delete(WRONG)
      return response
    } catch (cause) {
      const error = isAuthError(cause) ? cause : new AuthError('account_unavailable', { cause })
      tell(error.status === 503 ? 'unavailable' : 'refused', error.code)
      return refused(error)
    }
  }
}

/** Marks an answer of 200 that says no, until it is told. */
const WRONG = 'dualauth-wrong'

async function answer(
  settings: Settings,
  isCaller: CheckCaller,
  attempts: Attempts,
  request: Request,
): Promise<Response> {
  const dialect = DIALECTS[settings.dialect]
  const asksWho = request.method === 'GET' && settings.dialect === 'keycloak'
  if (request.method !== 'POST' && !asksWho) throw new AuthError('method_not_allowed')
  const bytes = (await readBody(request, settings.maxBodyBytes)) ?? new Uint8Array()
  if (!(await isCaller(request, bytes))) throw new AuthError('client_invalid')
  if (asksWho) return whoIs(settings, attempts, request)
  assertMediaType(request, /^application\/json$/i, 'application/json')
  const { identifier, password } = dialect.read(request, parseJson(bytes))
  const key = identifier.trim().toLowerCase()
  await attempts.count('password', key)
  const person = await look(settings, identifier)
  if (person !== null) await attempts.countPerson(person.id)
  const { ok } = await settings.passwords.verifyPassword(person?.hash ?? null, password)
  if (!ok || person === null) return wrong(dialect)
  await attempts.forget(key, person.id)
  return dialect.right(person)
}

function wrong(dialect: Dialect): Response {
  const response = dialect.wrong()
  response.headers.set(WRONG, '1')
  return response
}

async function whoIs(settings: Settings, attempts: Attempts, request: Request): Promise<Response> {
  const { identifier } = DIALECTS.keycloak.read(request, { password: '' })
  await attempts.count('who', identifier.trim().toLowerCase())
  const person = await look(settings, identifier)
  return person === null ? json(404, {}) : json(200, personOf(person))
}

/** @throws {AuthError} `account_unavailable` */
async function look({ find }: Settings, identifier: string): Promise<LegacyProfile | null> {
  try {
    return (await find(identifier)) ?? null
  } catch (cause) {
    throw new AuthError('account_unavailable', { cause })
  }
}

/** A problem document; a cause, which may hold anything, is not in it. @see RFC 9457 */
function refused({ code, status, detail, retryAfterSeconds }: AuthError): Response {
  const body = { type: `urn:dualauth:error:${code}`, status, code, ...(detail !== null && { detail }) }
  const headers = {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(retryAfterSeconds !== null && { 'retry-after': String(retryAfterSeconds) }),
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="legacy-password"' }),
    ...(status === 405 && { allow: 'POST' }),
  }
  return json(status, body, headers)
}
