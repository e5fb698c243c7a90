import * as z from 'zod/mini'
import { acceptance } from '../../../settings/acceptance.js'
import { isText, nonEmpty, object, token, wholeBetween, withMethods } from '../../../settings/schemas.js'
import { optionError, parseOptions } from '../../../settings/options.js'
import { percentDecode } from '../../../http/cookies.js'
import type { CookieAttributes } from '../../../http/set-cookie.js'
import { createSecretList, type AcceptWeakSecret, type SecretList } from '../../../keys/secrets/secret-list.js'
import { judgeSession, endSession } from './judge-session.js'
import { onlyIn } from '../../../route/carriers.js'
import type { WorkosSession } from '../access-token/options.js'
import type { WorkosRefresh } from '../refresh/refresh-port.js'
import { acceptanceEnd, untilEnded } from '../../../verify/acceptance-end.js'
import { createSeal, sealedPartOf } from './seal.js'
import type { SessionCookieRules } from './session-cookies.js'
import { createSessionWriter } from './write-session.js'

/** What `workosSession` takes. */
export interface WorkosSessionOptions {
  /** Newest first, at least 32 characters each. The first one seals; all open. */
  readonly cookiePasswords: readonly string[]
  /** Attributes count only for cookies that are written: those of a refreshed session. */
  readonly cookie?: CookieAttributes & {
    /** Default `wos-session`. */
    readonly name?: string
    /**
     * Reads and writes a session that is too large for one cookie as `name.0`, `name.1`, … Default true: a browser drops
     * the whole one without a word. A handler behind a guard that clears `name` clears
     * the chunks as well.
     */
    readonly chunks?: boolean
  }
  /** `workosRefresh({ … })`. Without it an expired access token ends the session here. */
  readonly refresh?: WorkosRefresh
  /** Admits passwords that are easy to guess, such as a phrase, or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const MINIMUM_PASSWORD_LENGTH = 32
/** 400 days, as long as browsers keep a cookie; the session's own end is the provider's to know. */
const DEFAULT_MAX_AGE_SECONDS = 34_560_000

const schema = object({
  cookiePasswords: nonEmpty(z.custom<string>(isPassword, `a string of at least ${MINIMUM_PASSWORD_LENGTH} characters`)),
  cookie: z.exactOptional(
    object({
      name: z.exactOptional(token('the name of a cookie', { maxLength: 128 })),
      chunks: z.exactOptional(z.boolean()),
      path: z.exactOptional(z.string('a path that begins with /').check(z.regex(/^\/[\x21-\x3a\x3c-\x7e]*$/))),
      domain: z.exactOptional(z.string('a domain').check(z.regex(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/))),
      sameSite: z.exactOptional(z.enum(['lax', 'strict', 'none'])),
      secure: z.exactOptional(z.boolean()),
      maxAgeSeconds: z.exactOptional(wholeBetween(1, DEFAULT_MAX_AGE_SECONDS)),
    }),
  ),
  refresh: z.exactOptional(withMethods<WorkosRefresh>(['open'], 'what workosRefresh() returned')),
  acceptWeakSecret: z.exactOptional(acceptance),
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
  const passwords = readPasswords(parsed.cookiePasswords, parsed.acceptWeakSecret)
  const rules: Omit<SessionCookieRules, 'maxBytes'> = {
    name: 'wos-session',
    chunks: true,
    maxAgeSeconds: DEFAULT_MAX_AGE_SECONDS,
    ...(parsed.cookie as WorkosSessionOptions['cookie']),
  }
  assertAttributes(rules)
  return {
    shape: {
      kind: 'cookie',
      carriage: onlyIn({ cookies: [rules.name] }),
      chunked: rules.chunks,
    },
    passwords,
    canonical: sealedPartOf,
    open(parts) {
      const { verifier, context } = parts
      passwords.warn(context.emit, verifier)
      const seal = (content: unknown) => createSeal(content, passwords.at(0))
      const refresh = parsed.refresh?.open({ ...parts, seal }) ?? null
      const maxBytes = context.maxCredentialBytes ?? Number.POSITIVE_INFINITY
      const writer = createSessionWriter({ ...rules, maxBytes }, seal, parts)
      const judge = { ...parts, passwords, refresh, writer, chunks: 0 }
      return {
        verify: untilEnded(
          ({ value, chunks = 0 }, demand) => judgeSession({ ...judge, chunks }, percentDecode(value), demand),
          acceptanceEnd(parsed.acceptWeakSecret, 'acceptWeakSecret', { verifier, ...context }),
        ),
        endSession: ({ value }) => endSession(judge, percentDecode(value)),
        close: () => refresh?.close(),
      }
    },
  }
}

function isPassword(value: unknown): boolean {
  return isText(value) && value.length >= MINIMUM_PASSWORD_LENGTH
}

/** One iteration of a hash stands between a seal and its password, so that a phrase can be guessed. */
function readPasswords(passwords: readonly string[], acceptWeakSecret: AcceptWeakSecret | undefined): SecretList {
  const path = 'workosSession.cookiePasswords'
  const rules = { minimumBytes: MINIMUM_PASSWORD_LENGTH, acceptWeakSecret, isTextOnly: true } as const
  return createSecretList(passwords, rules, path, Date.now())
}

/** Browsers refuse such a cookie without a word. @see RFC 6265bis sections 4.1.3 and 5.6 */
function assertAttributes({
  name,
  secure = true,
  sameSite,
  path = '/',
  domain,
}: CookieAttributes & { readonly name: string }): void {
  const needsSecure = sameSite === 'none' || /^__(?:Secure|Host)-/.test(name)
  if (needsSecure && !secure)
    throw optionError('workosSession.cookie.secure', 'must be true with this name or sameSite')
  if (name.startsWith('__Host-') && (domain !== undefined || path !== '/'))
    throw optionError('workosSession.cookie.name', 'with __Host- allows no domain and no path but /')
}
