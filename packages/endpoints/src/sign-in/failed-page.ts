import type { AuthError, ErrorCode } from '@dualauth/core'
import type { Asked } from './routed.js'

/** What a person is told. Whatever the provider or the request said is not repeated. */
interface Told {
  readonly title: string
  readonly text: string
}

/** Where a person goes on. */
interface WaysOn {
  /** Null: signing in again changes nothing. */
  readonly again: string | null
  readonly home: string
}

const AGAIN = 'You can start again.'

const BY_REASON: Readonly<Record<string, Told>> = {
  access_denied: { title: 'You are not signed in', text: `Signing in was stopped, or it was not allowed. ${AGAIN}` },
  state: {
    title: 'This sign-in is over',
    text: `It took too long, was already finished, or was started in another browser. ${AGAIN}`,
  },
}

const BY_CODE: Readonly<Partial<Record<ErrorCode, Told>>> = {
  account_banned: { title: 'You may not sign in', text: 'This account is locked.' },
  account_conflict: {
    title: 'You may not sign in',
    text: 'There is an account here already that may be yours. Sign in as you did before, or ask for help.',
  },
  account_deactivated: { title: 'You may not sign in', text: 'This account is closed.' },
  account_refused: { title: 'You may not sign in', text: 'There is no access for this account.' },
  credential_malformed: {
    title: 'You may still be signed in',
    text: 'The browser sent more cookies than this site sets. They have been removed, but not all of them could be checked.',
  },
  identity_unlinked: { title: 'You may not sign in', text: 'There is no account here for you yet.' },
  origin_untrusted: {
    title: 'That did not work',
    text: 'This must be started on this site. Go back there and try again.',
  },
  resource_not_found: { title: 'There is no such page', text: 'The address may be wrong.' },
}

const OUTAGE: Told = { title: 'That is not possible at the moment', text: 'Nothing is lost. Try again in a moment.' }
const OTHERWISE: Told = { title: 'You are not signed in', text: `Signing in did not work. ${AGAIN}` }

/** Nothing is loaded, run or framed. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** Where the endpoints are, and where the person wanted to go. */
export interface Around {
  readonly basePath: string
  readonly home: string
  /** A path of this site. */
  returnTo(): Promise<string>
}

/** Nobody goes there to look at a page. */
const FOR_CLIENTS: readonly string[] = ['/me', '/refresh']
/** Of signing out, and of what is not there, signing in is no way on. */
const SIGNING_IN: readonly string[] = ['/sign-in', '/callback']

/** A refusal as a plain page where a person looks at it, else as it is. What `formatError` has spelled is sent as it is. */
export async function shown(
  { request, route }: Asked,
  error: AuthError,
  answer: Response,
  around: Around,
): Promise<Response> {
  const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true
  if (FOR_CLIENTS.includes(route) || !isProblem || !wantsPage(request)) return answer
  const { basePath, home } = around
  if (!SIGNING_IN.includes(route)) return failedPage(answer, error, { again: null, home })
  const returnTo = await around.returnTo()
  const again = `${basePath}/sign-in${returnTo === home ? '' : `?${new URLSearchParams({ returnTo })}`}`
  return failedPage(answer, error, { again, home })
}

/** A plain page for a person, with the status and the headers of the answer that clients get. */
function failedPage(answer: Response, error: AuthError, { again, home }: WaysOn): Response {
  const { title, text } = toldOf(error)
  const links = [...(again === null ? [] : [link(again, 'Sign in again')]), link(home, 'Go to the start page')]
  const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<p>${text}</p>
<p>${links.join(' · ')}</p>
<p><small>${error.code}</small></p>
</body>
</html>
`
  const headers = new Headers(answer.headers)
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value)
  headers.append('vary', 'accept')
  return new Response(page, { status: answer.status, headers })
}

/**
 * Whether somebody looks at it: a browser that goes to a page names HTML first, and a script names JSON, or anything.
 * @see RFC 9110 section 12.5.1
 */
function wantsPage({ headers }: Request): boolean {
  const weights = new Map<string, number>()
  for (const range of (headers.get('accept') ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(type, weight === undefined ? 1 : Number(weight.slice(2)))
  }
  const html = weights.get('text/html') ?? 0
  return (
    html > 0 && html >= Math.max(weights.get('application/json') ?? 0, weights.get('application/problem+json') ?? 0)
  )
}

function toldOf({ code, status, reason }: AuthError): Told {
  if (status === 503) return OUTAGE
  const byReason = code === 'sign_in_failed' && reason !== null && Object.hasOwn(BY_REASON, reason)
  return (byReason ? BY_REASON[reason] : BY_CODE[code]) ?? OTHERWISE
}

function link(href: string, text: string): string {
  return `<a href="${escaped(href)}">${text}</a>`
}

/** Paths of this site, one of which the request named. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
