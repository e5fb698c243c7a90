import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
} from 'oauth4webapi'
import { cookiesOf, field, redirect } from './cookies.js'
import type { Settings } from './options.js'
import type { SignInHints } from './provider.js'
import { LIFETIME_MS } from './state-cookie.js'

/**
 * `GET /sign-in`: sends the browser to whichever side issues.
 *
 * @throws {AuthError} `verifier_unavailable`, `policy_unavailable`
 */
export async function beginSignIn(settings: Settings, request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url)
  const returnTo = settings.returnTo(searchParams.get('returnTo'))
  const hints = hintsOf(searchParams)
  const old = await oldPage(settings, hints, returnTo)
  if (old !== null) return redirect(old, [])
  const codeVerifier = generateRandomCodeVerifier()
  const [state, nonce] = [generateRandomState(), generateRandomNonce()]
  const url = await settings.provider.authorizationUrl({
    redirectUri: settings.redirectUri.href,
    state,
    nonce,
    codeChallenge: await calculatePKCECodeChallenge(codeVerifier),
    hints,
  })
  const [name, value] = await settings.states.seal({ state, nonce, codeVerifier, returnTo, begunAt: settings.now() })
  const isSecure = settings.redirectUri.protocol === 'https:'
  const surplus = settings.states.surplus(cookiesOf(request)).map((other) => field(other, '', 0, isSecure))
  return redirect(url, [...surplus, field(name, value, LIFETIME_MS / 1000, isSecure)])
}

/** What says which side issues. */
interface Issuing extends Pick<Settings, 'auth' | 'oldSignIn'> {
  readonly migration?: string | undefined
}

/**
 * Null: the new side issues, or there is no other.
 *
 * @throws {AuthError} `policy_unavailable`
 */
export async function oldPage(
  { auth, oldSignIn, migration }: Issuing,
  hints: SignInHints,
  returnTo: string,
): Promise<URL | null> {
  if (oldSignIn === null) return null
  const { side } = await auth.issuerFor({
    organization: hints.organization,
    ...(hints.loginHint !== null && { identifier: hints.loginHint }),
    ...(migration !== undefined && { migration }),
  })
  return side === 'new' ? null : pageAt(oldSignIn, returnTo)
}

/** A page of the application for signing in, which is told where to go on. */
export function pageAt(address: URL, returnTo: string): URL {
  const page = new URL(address)
  page.searchParams.set('returnTo', returnTo)
  return page
}

const MAX_HINT = 320

/** What is too long, or holds a control character, is no hint. */
export function hintsOf(parameters: URLSearchParams): SignInHints {
  const hint = (name: string): string | null => {
    const value = parameters.get(name)
    return value !== null && value !== '' && value.length <= MAX_HINT && !/\p{Cc}/u.test(value) ? value : null
  }
  const prompt = hint('prompt')
  const screen = hint('screen')
  return {
    organization: hint('organization'),
    loginHint: hint('login_hint'),
    prompt: prompt !== null && PROMPTS.includes(prompt) ? prompt : null,
    screen: screen === 'sign-up' || screen === 'sign-in' ? screen : null,
  }
}

/** `none` would answer a link with an error. */
const PROMPTS: readonly string[] = ['login', 'consent', 'select_account', 'create']
