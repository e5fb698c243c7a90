import { createDualAuth, legacyJwt, type AuthEvent, type DualAuth, type LegacyJwtOptions } from '../../src/index.js'
import { createClock } from './clock.js'
import { outcome } from './outcome.js'
import { bearer } from './requests.js'
import { legacyClaims, mint, SECRET, type Mint } from './tokens.js'

type Options = Partial<LegacyJwtOptions<string, never>>

/** `legacyJwt` with what it must have; `secrets` only where nothing else holds the keys. */
export function legacyOptions(options: Options = {}): LegacyJwtOptions<string, never> {
  const keyed = ['secrets', 'keys', 'keySet'].some((source) => source in options)
  return {
    name: 'legacy',
    algorithms: ['HS256'],
    purpose: { claim: 'type', value: 'access' },
    claims: { subject: 'userId' },
    ...(keyed ? {} : { secrets: [SECRET] }),
    ...options,
  } as LegacyJwtOptions<string, never>
}

/** One API with one legacy verifier, at `START`. */
export function legacyAuth(options: Options = {}, onEvent?: (event: AuthEvent) => void): DualAuth {
  const now = createClock().now
  return createDualAuth({
    verifiers: [legacyJwt(legacyOptions(options))],
    link: ({ subject }) => ({ id: subject }),
    now,
    ...(onEvent === undefined ? {} : { onEvent }),
  }) as unknown as DualAuth
}

/** How a token with these claims ends under these options. */
export async function judged(claims: Record<string, unknown>, options: Options = {}, mintOptions: Mint = {}) {
  return outcome(legacyAuth(options), bearer(mint({ claims: legacyClaims(claims), ...mintOptions })))
}

/** Why it was rejected, for operators only. */
export async function reasonOf(claims: Record<string, unknown>, options: Options = {}, mintOptions: Mint = {}) {
  const reasons: unknown[] = []
  const auth = legacyAuth(options, (event) => {
    if (event.type === 'refused') reasons.push(event.reason)
  })
  await outcome(auth, bearer(mint({ claims: legacyClaims(claims), ...mintOptions })))
  return reasons[0]
}
