import { optionError, ownerOf } from '../../../settings/options.js'
import { createSecretList } from '../../../keys/secrets/secret-list.js'
import { BEARER_ONLY, onlyIn } from '../../../route/carriers.js'
import type { Shape } from '../../../route/shape.js'
import type { Verifier } from '../../../route/verifier.js'
import { cookieNamesOf, type CookieNames } from './cookie-names.js'
import { judgeCredential, type Judge } from './judge-credential.js'
import type { BetterAuthClaims } from './judge-session.js'
import { parseBetterAuthOptions, type BetterAuthOptions, type ParsedOptions } from './options.js'
import { acceptanceEnd, acceptancesOf, untilEnded } from '../../../verify/acceptance-end.js'
import { sourceReady } from '../../../verify/source-ready.js'
import { cacheReader } from '../cookie-cache/read-cache.js'
import { unsigned } from './signed-value.js'
import { createTouch } from './touch.js'

/**
 * Verifies Better Auth sessions: the signed session cookie, with or without its cookie cache, the bearer of the same
 * session, and tokens of the JWT plugin.
 *
 * Decides that this server signed the token, that the session exists and has not expired, and that its user exists and
 * is not banned (Better Auth's own `get-session` does not check the ban). Extends the session only with `touch`.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @see https://better-auth.com/docs/concepts/session-management
 */
export function betterAuth<const Name extends string>(
  options: BetterAuthOptions<Name>,
): Verifier<Name, BetterAuthClaims> {
  const owner = ownerOf('betterAuth', options)
  const parsed = parseBetterAuthOptions(options, owner)
  const rules = { minimumBytes: 32, acceptWeakSecret: parsed.acceptWeakSecret }
  const secrets = createSecretList(parsed.secrets, rules, `${owner}.secrets`, Date.now())
  const names = cookieNamesOf(parsed.cookies)
  return {
    name: options.name,
    shapes: shapesOf(names, parsed),
    percentEncodedBearer: parsed.bearer !== false,
    canonical: unsigned,
    clockToleranceSeconds: parsed.tokens?.clockToleranceSeconds,
    secrets,
    about: {
      kind: 'betterAuth',
      keySets: parsed.tokens?.about === undefined ? [] : [parsed.tokens.about.url],
      hasOwnFetch: parsed.tokens?.about?.hasOwnFetch ?? false,
      sessions: parsed.find === null ? { kind: 'stateless' } : (parsed.checked?.about ?? { kind: 'function' }),
      acceptances: acceptancesOf({ acceptWeakSecret: parsed.acceptWeakSecret }),
    },
    open(context) {
      secrets.warn(context.emit, parsed.name)
      const tokens = parsed.tokens?.open(parsed.name, context) ?? null
      const { source, touch, cookieCacheMaxAgeMs, timeoutMs } = parsed
      const judge: Judge = {
        name: parsed.name,
        source: `${owner}.sessions`,
        secrets,
        names,
        find: parsed.find,
        timeoutMs: parsed.timeoutMs,
        rememberMs: parsed.rememberMs,
        readCache: cookieCacheMaxAgeMs === 0 ? null : cacheReader(secrets, tokens),
        cacheRules: { version: parsed.cookieCacheVersion, maxAgeMs: cookieCacheMaxAgeMs },
        touch:
          source === null || touch === null
            ? null
            : { options: touch, run: createTouch(touch, { source, timeoutMs, owner }, parsed.name, context.emit) },
      }
      const weak = acceptanceEnd(parsed.acceptWeakSecret, 'acceptWeakSecret', { verifier: parsed.name, ...context })
      const judgeSession = untilEnded<BetterAuthClaims>(
        (credential, demand) => judgeCredential(judge, credential, demand, context.now()),
        weak,
      )
      return {
        verify(credential, demand) {
          const isSession = credential.carrier === 'cookie' && names.some(({ session }) => session === credential.name)
          const jwt = tokens === null || isSession ? null : credential.jwt()
          return tokens === null || jwt === null ? judgeSession(credential, demand) : tokens.verify(jwt)
        },
        ready: async (waitMs) =>
          void (await Promise.all([
            sourceReady(tokens, null, waitMs),
            sourceReady(parsed.checked, judge.source, waitMs),
          ])),
        close: () => tokens?.close(),
      }
    },
  }
}

function shapesOf(names: readonly CookieNames[], { bearer, tokens, ...parsed }: ParsedOptions): readonly Shape[] {
  const companions = [
    ...(parsed.cookieCacheMaxAgeMs === 0 ? [] : names.map(({ cache }) => cache)),
    ...(parsed.touch === null ? [] : names.map(({ dontRemember }) => dontRemember)),
  ]
  const cookies = names.map(({ session }) => session)
  const shapes: Shape[] = [{ kind: 'cookie', carriage: onlyIn({ cookies }), companions }]
  if (bearer !== false) shapes.push({ kind: 'pattern', carriage: BEARER_ONLY, pattern: 'signed-session-token' })
  if (bearer === 'signed-or-raw') shapes.push({ kind: 'pattern', carriage: BEARER_ONLY, pattern: 'session-token' })
  if (tokens === null) return shapes
  if (tokens.shape.carriage.cookies.some((cookie) => cookies.includes(cookie)))
    throw optionError('betterAuthTokens.carriers', 'names a session cookie of Better Auth')
  shapes.push(tokens.shape)
  return shapes
}
