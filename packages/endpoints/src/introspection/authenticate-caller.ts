import { AuthError } from '@dualauth/core'
import { basicCredentials, type CheckClient } from './client-secrets.js'
import type { IntrospectionCaller, Settings } from './options.js'

/**
 * Who asks. Without it, whoever finds a token could try what it is worth, and for whom.
 *
 * @throws {AuthError} `client_invalid`: no such client, or another secret; as `auth` refuses callers who bring a credential of its
 *   own; `permission_denied`. A cookie is no credential here.
 * @see RFC 7662 section 2.1
 */
export async function authenticateCaller(
  { auth, clients, permission }: Settings,
  isClient: CheckClient,
  { headers, url }: Request,
): Promise<IntrospectionCaller> {
  const authorization = headers.get('authorization')
  if (clients.length > 0 && /^basic\b/i.test(authorization ?? '')) {
    for (const [id, secret] of basicCredentials(authorization))
      if (await isClient(id, secret)) return { kind: 'client', id }
    throw new AuthError('client_invalid')
  }
  const own = new Headers(headers)
  own.delete('cookie')
  const result = await auth.authenticate({ method: 'POST', headers: own, url })
  if (!result.ok) throw result.error
  const answer = await auth.authorize(result.principal, permission)
  if (!answer.ok) throw answer.error
  return { kind: 'principal', principal: result.principal }
}
