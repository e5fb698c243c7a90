import type { DualAuth } from '@dualauth/core'
import { assertEndpointUrl, webHeaders } from '@dualauth/core/adapter'
import { functionOption, object, parseOptions, withMethods } from '@dualauth/core/settings'
import * as z from 'zod/mini'
import { cookieName, type EndElsewhere } from './options.js'
import { cleared, sessionCookiesIn } from './session-cookies.js'
import { assertSameOrigin, endHeld, signOutBearer } from './sign-out.js'

/** The options of `createSignOut`. */
export interface CreateSignOutOptions {
  /** The instance that verifies the sessions of both sides. */
  readonly auth: DualAuth
  /** Your site, as browsers see it, such as `https://app.example.com`. `https`, or `http` on loopback. */
  readonly url: string
  /**
   * Ends a session where it is stored, such as `betterAuthSignOut(instance)`. The cookies of a `Response` that it
   * returns are sent along.
   */
  readonly signOut?: EndElsewhere
  /** Cookies to clear besides those that the verifiers of `auth` read, by name. Default: none. */
  readonly clearCookies?: readonly string[]
  /** The `Domain` of cookies that have one: each is cleared with it and without. Default: without. */
  readonly domain?: string
}

const schema = object({
  auth: withMethods<DualAuth>(['signOut', 'report'], 'what createDualAuth() returned'),
  url: z.string('a URL such as https://app.example.com').check(z.refine((value) => URL.canParse(value))),
  signOut: z.exactOptional(functionOption<EndElsewhere>()),
  clearCookies: z._default(z.array(cookieName), []),
  domain: z.exactOptional(z.string('a domain').check(z.regex(/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/))),
})

/** A `Request` of the web platform, or the request of Node or of a framework around it. */
export type SignOutRequest = Parameters<typeof webHeaders>[0]

/**
 * Signs a browser or a client out.
 *
 * @param setCookie Gets each `Set-Cookie` field of the answer.
 */
export type SignOut = (request: SignOutRequest, setCookie: (field: string) => unknown) => Promise<void>

/**
 * Signs people out on both sides of a move, from the sign-out route that your app has already: one line in front of it.
 *
 * Ends every session and every token in the cookies and the bearer of the request, as `auth.signOut` does, and ends them
 * where they are stored with `signOut`. Clears each cookie of the request that a verifier of `auth` reads, and its
 * chunks. What the old side stores of a session, such as a row, is left for your app to delete. An app without a
 * sign-out route uses `sessionEndpoints`.
 *
 * @returns A function that rejects with an `AuthError`. `origin_untrusted`: another site caused the request; a client
 *   with a bearer and no cookie needs no proof. `store_unavailable`: something has not ended everywhere; no cookie is
 *   cleared. `credential_malformed`, reason `too_many_cookies`: more than a browser keeps; all are cleared, but some
 *   were not checked.
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 * @example
 * const signOut = createSignOut({ auth, url: 'https://app.example.com', signOut: betterAuthSignOut(server) })
 * app.post('/logout', async (req, res, next) => {
 *   await signOut(req, (field) => res.append('Set-Cookie', field))
 *   req.logout((error) => (error ? next(error) : res.redirect('/')))
 * })
 */
export function createSignOut(options: CreateSignOutOptions): SignOut {
  const { url, domain = null, clearCookies, ...settings } = parseOptions(schema, options, 'createSignOut')
  assertEndpointUrl(url, 'createSignOut.url')
  const site = new URL(url)
  return async (sent, setCookie) => {
    const request = requestOf(sent, site)
    if ((await signOutBearer(settings, request)) !== null) return
    assertSameOrigin(request, site)
    const { elsewhere, unjudged } = await endHeld(settings, request)
    const names = [...new Set([...clearCookies, ...sessionCookiesIn(settings.auth, request)])]
    for (const field of [...cleared(names, site, domain), ...elsewhere]) setCookie(field)
    if (unjudged !== null) throw unjudged
  }
}

/** The path counts for nothing, and whoever asks Better Auth needs a host. */
function requestOf(sent: SignOutRequest, site: URL): Request {
  return new Request(site, { method: 'POST', headers: webHeaders(sent) })
}
