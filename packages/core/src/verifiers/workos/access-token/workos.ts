import * as z from 'zod/mini'
import {
  clockTolerance,
  functionOption,
  object,
  text,
  texts,
  verifierName,
  withMethods,
} from '../../../settings/schemas.js'
import { optionError, ownerOf, parseOptions } from '../../../settings/options.js'
import { keySetSettings } from '../../../keys/key-set/key-set-options.js'
import { remoteKeySet } from '../../../keys/key-set/key-set.js'
import { carriageOf, carriersOption, carries, shareCarrier } from '../../../route/carriers.js'
import { exactIssuer } from '../../../route/issuers.js'
import type { UnverifiedJwt } from '../../../route/jwt.js'
import type { JwtShape, Presented } from '../../../route/shape.js'
import type { Verifier } from '../../../route/verifier.js'
import { judgeAccessToken, type AccessTokenRules } from './access-token.js'
import { claimSource } from '../../../settings/claim-source.js'
import { readersOf } from './claim-readers.js'
import { workosBaseUrl, workosClientId, type WorkosClaims, type WorkosOptions, type WorkosSession } from './options.js'

const claimName = z.exactOptional(claimSource)
const schema = object({
  name: verifierName,
  clientId: workosClientId,
  apiUrl: z.exactOptional(text),
  issuers: z.exactOptional(z.array(exactIssuer)),
  audience: z.exactOptional(texts),
  claims: z.exactOptional(
    object({ organization: claimName, roles: claimName, permissions: claimName, email: claimName }),
  ),
  carriers: carriersOption,
  clockToleranceSeconds: clockTolerance,
  allowImpersonation: z._default(z.boolean(), true),
  isRevoked: z.exactOptional(functionOption<NonNullable<WorkosOptions['isRevoked']>>()),
  keySetOptions: z.exactOptional(keySetSettings),
  session: z.exactOptional(withMethods<WorkosSession>(['open'], 'what workosSession() returned')),
})

/**
 * Verifies WorkOS AuthKit access tokens with the environment's key set, without the SDK, and sealed session cookies if
 * `session` is given.
 *
 * Decides signature (RS256), issuer, `exp`, and that the token belongs to a session (`sid`) of this client. Does not
 * ask WorkOS whether the session has ended: a token stays valid until its `exp`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://workos.com/docs/reference/authkit/session-tokens
 */
export function workos<const Name extends string>(options: WorkosOptions<Name>): Verifier<Name, WorkosClaims> {
  const owner = ownerOf('workos', options)
  const parsed = parseOptions(schema, options, owner)
  const apiUrl = workosBaseUrl(parsed.apiUrl, `${owner}.apiUrl`)
  const rules = rulesOf(parsed, apiUrl, owner)
  const { session } = parsed
  const accessToken: JwtShape = {
    kind: 'jwt',
    carriage: carriageOf(parsed.carriers),
    algorithms: ['RS256'],
    issuers: rules.issuers,
    audiences: null,
    keyIds: null,
  }
  if (session !== undefined && shareCarrier(session.shape.carriage, accessToken.carriage))
    throw optionError(`${owner}.carriers`, 'names the cookie of the sealed session')
  const url = `${apiUrl}/sso/jwks/${parsed.clientId}`
  const isSealed = ({ carrier, name }: Presented): boolean =>
    session !== undefined && carries(session.shape.carriage, carrier, name)
  return {
    name: options.name,
    shapes: session === undefined ? [accessToken] : [accessToken, session.shape],
    clockToleranceSeconds: rules.clockToleranceSeconds,
    reads: { session: session ?? null, clientId: parsed.clientId },
    secrets: session?.passwords ?? null,
    about: {
      kind: 'workos',
      keySets: [url],
      hasOwnFetch: parsed.keySetOptions?.fetch !== undefined,
      refreshes: session?.refreshes ?? null,
    },
    canonical: session?.canonical,
    open(context) {
      const keys = remoteKeySet({ url, ...parsed.keySetOptions }, { verifier: parsed.name, ...context })
      const judge = (jwt: UnverifiedJwt) => judgeAccessToken(jwt, rules, keys, context.now())
      const sessions = session?.open({ ...rules, verifier: parsed.name, apiUrl, context, judge })
      return {
        verify: (credential, demand) =>
          sessions !== undefined && isSealed(credential)
            ? sessions.verify(credential, demand)
            : judge(credential.jwt() as UnverifiedJwt),
        endSession: async (credential) => (isSealed(credential) ? sessions?.endSession(credential) : undefined),
        sessionOf: async (credential) => (isSealed(credential) && (await sessions?.sessionOf(credential))) || null,
        ready: async () => void (await Promise.all([keys.ready(), sessions?.ready()])),
        close: () => {
          keys.close()
          sessions?.close()
        },
      }
    },
  }
}

function rulesOf(options: z.output<typeof schema>, apiUrl: string, owner: string): AccessTokenRules {
  const { clientId, audience } = options
  const canonical = `${apiUrl}/user_management/${clientId}`
  return {
    clientId,
    canonical,
    issuers: [apiUrl, `${apiUrl}/`, canonical, `${canonical}/`, ...(options.issuers ?? [])],
    audiences: typeof audience === 'string' ? [audience] : (audience ?? null),
    clockToleranceSeconds: options.clockToleranceSeconds,
    maxAgeSeconds: null,
    allowImpersonation: options.allowImpersonation,
    claims: readersOf(options.claims ?? {}, `${owner}.claims`),
    isRevoked: options.isRevoked,
  }
}
