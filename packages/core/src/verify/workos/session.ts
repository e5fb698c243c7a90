import * as z from 'zod/mini'
import { mustBe, optionError, parseOptions } from '../../errors/options.js'
import { percentDecode } from '../../extract/cookies.js'
import type { CookieAttributes, SetCookie } from '../../http/set-cookie.js'
import { createSecretList, type SecretList } from '../../keys/secrets.js'
import { judgeSession } from './judge-session.js'
import type { WorkosSession, WorkosSessionParts } from './options.js'
import type { Renewal, WorkosRefresh } from './refresh-port.js'
import { createSeal } from './seal.js'
import { sessionCookies, type SessionCookieRules } from './session-cookies.js'

/** What `workosSession` takes. */
export interface WorkosSessionOptions {
  /** Newest first, at least 32 characters each. The first one seals; all open. */
  readonly cookiePasswords: readonly string[]
  /** Attributes count only for cookies that are written: those of a refreshed session. */
  readonly cookie?: CookieAttributes & {
    /** Default `wos-session`. */
    readonly name?: string
    /** Reads and writes a session that is too large for one cookie as `name.0`, `name.1`, … Default false. */
    readonly chunks?: boolean
  }
  /** `workosRefresh({ … })`. Without it an expired access token ends the session here. */
  readonly refresh?: WorkosRefresh
}

const MINIMUM_PASSWORD_LENGTH = 32
/** 400 days, as long as browsers keep a cookie; the session's own end is the provider's to know. */
const DEFAULT_MAX_AGE_SECONDS = 34_560_000

const schema = z.strictObject({
  cookiePasswords: z.array(z.string().check(z.minLength(MINIMUM_PASSWORD_LENGTH))).check(z.minLength(1)),
  cookie: z.optional(
    z.strictObject({
      name: z.optional(
        z.string().check(z.regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, mustBe('the name of a cookie'))),
      ),
      chunks: z.optional(z.boolean()),
      path: z.optional(z.string().check(z.regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, mustBe('a path that begins with /')))),
      domain: z.optional(z.string().check(z.regex(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, mustBe('a domain')))),
      sameSite: z.optional(z.enum(['lax', 'strict', 'none'])),
      secure: z.optional(z.boolean()),
      maxAgeSeconds: z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(DEFAULT_MAX_AGE_SECONDS))),
    }),
  ),
  refresh: z.optional(
    z.custom<WorkosRefresh>(
      (value) => typeof (value as WorkosRefresh | null)?.open === 'function',
      mustBe('what workosRefresh() returned'),
    ),
  ),
})

/**
 * Reads the sealed session cookie of the WorkOS SDK for Node, authkit-session and authkit-nextjs,
 * for `workos({ session })`.
 *
 * Decides that one of the passwords sealed it; the access token inside is judged like a bearer.
 *
 * @throws {AuthError} `configuration_invalid`: a wrong option, by name.
 */
export function workosSession(options: WorkosSessionOptions): WorkosSession {
  const parsed = parseOptions(schema, options, 'workosSession')
  const passwords = readPasswords(parsed.cookiePasswords)
  const rules: SessionCookieRules = {
    name: 'wos-session',
    chunks: false,
    maxAgeSeconds: DEFAULT_MAX_AGE_SECONDS,
    ...(parsed.cookie as WorkosSessionOptions['cookie']),
  }
  assertAttributes(rules)
  return {
    shape: {
      kind: 'cookie',
      carriage: { bearer: false, headers: [], cookies: [rules.name] },
      chunked: rules.chunks,
    },
    passwords,
    open(parts) {
      const seal = (content: unknown) => createSeal(content, passwords.at(0))
      const refresh = parsed.refresh?.open({ ...parts, seal }) ?? null
      const cookies = (renewal: Extract<Renewal, { outcome: 'renewed' }>) => cookiesOf(rules, renewal, parts)
      const judge = { ...parts, passwords, refresh, cookies }
      return {
        verify: (value, demand) => judgeSession(judge, percentDecode(value), demand),
        close: () => refresh?.close(),
      }
    },
  }
}

function cookiesOf(
  rules: SessionCookieRules,
  { sealed, asked, drop, isDropped }: Extract<Renewal, { outcome: 'renewed' }>,
  { verifier, context }: WorkosSessionParts,
): readonly SetCookie[] {
  const cookies = sessionCookies(rules, sealed, { dropped: drop, withdrawn: isDropped })
  if (cookies === null && asked) context.emit({ type: 'cookie_too_large', verifier, bytes: sealed.length })
  return cookies ?? []
}

/** One iteration of a hash stands between a seal and its password, so that a phrase can be guessed. */
function readPasswords(passwords: readonly string[]): SecretList {
  const path = 'workosSession.cookiePasswords'
  const rules = { minimumBytes: MINIMUM_PASSWORD_LENGTH, acceptWeakSecret: undefined }
  return createSecretList(passwords, rules, path, Date.now())
}

/** Browsers refuse such a cookie without a word. @see RFC 6265bis sections 4.1.3 and 5.6 */
function assertAttributes({ name, secure = true, sameSite, path = '/', domain }: SessionCookieRules): void {
  const needsSecure = sameSite === 'none' || /^__(?:Secure|Host)-/.test(name)
  if (needsSecure && !secure)
    throw optionError('workosSession.cookie.secure', 'must be true with this name or sameSite')
  if (name.startsWith('__Host-') && (domain !== undefined || path !== '/'))
    throw optionError('workosSession.cookie.name', 'with __Host- allows no domain and no path but /')
}
