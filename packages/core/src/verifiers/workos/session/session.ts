import * as z from 'zod/mini'
import { object, wholeBetween, withMethods } from '../../../settings/schemas.js'
import { parseOptions } from '../../../settings/options.js'
import type { CookieAttributes } from '../../../http/set-cookie.js'
import type { AcceptWeakSecret } from '../../../keys/secrets/secret-list.js'
import { beginCookies, clearedCookies } from '../../../verify/sealed-session/begin-session.js'
import { openSessions, sealWith, sessionShape } from '../../../verify/sealed-session/open-sessions.js'
import { sealedPartOf } from '../../../verify/sealed-session/seal.js'
import {
  assertCookie,
  cookieOptions,
  cookiePasswordList,
  MAX_COOKIE_AGE_SECONDS,
  sealOptions,
} from '../../../verify/sealed-session/session-options.js'
import type { WorkosSession } from '../access-token/options.js'
import type { WorkosRefresh } from '../refresh/workos-refresh.js'
import { begunContent } from './session-content.js'
import { workosKind } from './workos-kind.js'

/** The options of `workosSession`. */
export interface WorkosSessionOptions {
  /** Newest first, at least 32 characters each. The first one seals; all open. */
  readonly cookiePasswords: readonly string[]
  /** Attributes apply only to cookies that are written, for a refreshed session. */
  readonly cookie?: CookieAttributes & {
    /** Default `wos-session`. */
    readonly name?: string
    /**
     * Reads and writes a session that is too large for one cookie as `name.0`, `name.1`, … Default true, because a
     * browser silently drops a cookie that is too large. If a handler behind a guard clears `name`, the chunks are
     * cleared, too.
     */
    readonly chunks?: boolean
  }
  /** `workosRefresh({ … })`. Without it, an expired access token ends the session here. */
  readonly refresh?: WorkosRefresh
  /** Allows passwords that are easy to guess, such as a phrase, or shared with another verifier, until a date. */
  readonly acceptWeakSecret?: AcceptWeakSecret
}

const schema = object({
  ...sealOptions(),
  cookie: z.exactOptional(
    object({ ...cookieOptions(), maxAgeSeconds: z.exactOptional(wholeBetween(1, MAX_COOKIE_AGE_SECONDS)) }),
  ),
  refresh: z.exactOptional(withMethods<WorkosRefresh>(['open'], 'what workosRefresh() returned')),
})

/**
 * Reads the sealed session cookie of the WorkOS SDK for Node, authkit-session and authkit-nextjs, for `workos({ session
 * })`.
 *
 * Decides that one of the passwords sealed it. The access token inside is verified like a bearer.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function workosSession(options: WorkosSessionOptions): WorkosSession {
  const owner = 'workosSession'
  const { cookiePasswords, acceptWeakSecret, ...parsed } = parseOptions(schema, options, owner)
  const passwords = cookiePasswordList(cookiePasswords, acceptWeakSecret, owner)
  const cookie = {
    name: 'wos-session',
    chunks: true,
    // Only the provider knows when the session ends.
    maxAgeSeconds: MAX_COOKIE_AGE_SECONDS,
    ...(parsed.cookie as WorkosSessionOptions['cookie']),
  }
  assertCookie(cookie, owner)
  const seal = sealWith(passwords)
  return {
    begin: async ({ answer, ...browser }) => beginCookies(cookie, await seal(begunContent(answer)), browser),
    clear: (request) => clearedCookies(cookie, request),
    shape: sessionShape(cookie),
    passwords,
    canonical: sealedPartOf,
    refreshes: parsed.refresh?.about ?? null,
    open(parts) {
      const refresh = parsed.refresh?.open({ ...parts, seal }) ?? null
      return openSessions({ ...parts, kind: workosKind(parts), passwords, cookie, refresh, acceptWeakSecret })
    },
  }
}
