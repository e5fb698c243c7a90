import { openBrowser } from './browser.js'
import type { Running } from './start.js'

/** One call, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
}

/** What a browser does with both services, from signing up to signing out. */
export async function makeCalls({ authUrl, serviceUrl, frontend }: Running): Promise<Call[]> {
  const calls: Call[] = []
  const note = (shows: string, expected: string, seen: string) => void calls.push({ shows, expected, seen })
  const cookies = new Map<string, string>()
  const ada = openBrowser(frontend, cookies)
  const otherSite = openBrowser('https://other.example', cookies)
  const nobody = openBrowser(frontend)
  const person = { name: 'Ada', email: `ada-${Date.now()}@example.com`, password: 'correct horse battery' }

  const me = `${serviceUrl}/api/me`
  const optional = `${serviceUrl}/api/orchestrator`
  note('GET /api/me, signed out', '401 credential_missing', await brief(nobody.call('GET', me), 'code'))
  note('GET /api/orchestrator, signed out', '200 null', await brief(nobody.call('GET', optional), 'for'))
  note('the socket, signed out', '401', String(await nobody.socket(`${serviceUrl}/ws`).opened))

  const signedUp = await ada.call('POST', `${authUrl}/api/auth/sign-up/email`, person)
  const { user } = (await signedUp.json()) as { user: { id: string } }
  note('Ada signs up at Better Auth', '200', String(signedUp.status))
  note('GET /api/me at the other service', '200 Ada', await brief(ada.call('GET', me), 'name'))
  note('GET /api/orchestrator', `200 ${user.id}`, await brief(ada.call('GET', optional), 'for'))
  note('POST /api/notes', `201 ${user.id}`, await brief(ada.call('POST', `${serviceUrl}/api/notes`, {}), 'by'))

  const forged = otherSite.call('POST', `${serviceUrl}/api/notes`, {})
  note('the same, from a page of another site', '403 origin_untrusted', await brief(forged, 'code'))

  const socket = ada.socket(`${serviceUrl}/ws`)
  note('the socket opens', '101', String(await socket.opened))
  note('and knows her', `${user.id}: hello`, String(await socket.say('hello')))

  const thief = openBrowser(frontend, new Map(cookies))
  note(
    'Ada signs out at Better Auth',
    '200',
    String((await ada.call('POST', `${authUrl}/api/auth/sign-out`, {})).status),
  )
  note('her socket is closed', '4001', String(await socket.say('still there?')))
  note('a copy of her cookies', '401 credential_revoked', await brief(thief.call('GET', me), 'code'))
  note('the same, where signing in is optional', '200 null', await brief(thief.call('GET', optional), 'for'))
  return calls
}

async function brief(answer: Promise<Response>, field: string): Promise<string> {
  const response = await answer
  const body = (await response.json()) as Record<string, unknown>
  return `${response.status} ${String(body[field])}`
}
