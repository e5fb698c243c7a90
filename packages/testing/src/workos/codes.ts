import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendPage } from './authkit-page.js'
import type { WorkosSignInOptions } from './sessions.js'

/** Controls the AuthKit page: who signs in there next, or what goes wrong. */
export interface AuthKitControl {
  /** Who signs in at the next visit and later ones. Default: a new user each time. */
  signsIn: WorkosSignInOptions
  /**
   * If not empty, a page asks who signs in, with one button for each name, and the browser stays signed in at AuthKit
   * until it signs out there. Default empty: everybody is sent back at once.
   */
  people: Readonly<Record<string, WorkosSignInOptions>>
  /** Sends the browser back with this error instead, such as `access_denied`. Default null. */
  error: string | null
  /** Parameters of the latest visit. */
  readonly visit: URLSearchParams | null
}

interface Code {
  readonly redirectUri: string
  readonly challenge: string | null
  readonly signIn: WorkosSignInOptions
}

/** AuthKit codes, each valid once. */
export interface Codes {
  readonly control: AuthKitControl
  /** `GET /user_management/authorize`: signs in without a page, and sends the browser back with a code. */
  respond(request: IncomingMessage, response: ServerResponse): void
  /**
   * `GET /user_management/sessions/logout`: ends the session, signs the browser out, and sends it to a page of an app
   * that signs in here.
   */
  signOut(request: IncomingMessage, response: ServerResponse): void
  /** Null if WorkOS says `invalid_grant`. */
  redeem(code: unknown, verifier: unknown): WorkosSignInOptions | null
}

const COOKIE = 'authkit-session'
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Lax'

/** @param endSession Ends a session by its id. */
export function createCodes(clientId: string, endSession: (id: string) => void): Codes {
  const codes = new Map<string, Code>()
  const origins = new Set<string>()
  const control = {
    signsIn: {} as WorkosSignInOptions,
    people: {} as AuthKitControl['people'],
    error: null as string | null,
    visit: null as URLSearchParams | null,
  }
  return {
    control,
    respond(request, response) {
      const { searchParams } = new URL(request.url ?? '', 'http://workos')
      control.visit = searchParams
      const redirectUri = searchParams.get('redirect_uri')
      const isComplete =
        searchParams.get('client_id') === clientId &&
        searchParams.get('response_type') === 'code' &&
        redirectUri !== null
      if (!isComplete || !URL.canParse(redirectUri)) return void response.writeHead(400).end()
      const back = new URL(redirectUri)
      origins.add(back.origin)
      const state = searchParams.get('state')
      if (state !== null) back.searchParams.set('state', state)
      const chosen = searchParams.get('person')
      const person = chosen ?? personOf(request)
      const isAsked = Object.keys(control.people).length > 0 && control.error === null
      if (
        isAsked &&
        (control.people[person] === undefined || (chosen === null && searchParams.get('prompt') === 'login'))
      )
        return sendPage(response, Object.keys(control.people), searchParams)
      if (isAsked)
        response.setHeader('set-cookie', `${COOKIE}=${Buffer.from(person).toString('base64url')}; ${ATTRIBUTES}`)
      if (control.error !== null) back.searchParams.set('error', control.error)
      else {
        const code = randomBytes(16).toString('hex')
        const organizationId = searchParams.get('organization_id')
        const signIn = {
          ...(isAsked ? control.people[person] : control.signsIn),
          ...(organizationId !== null && { organizationId }),
        }
        codes.set(code, { redirectUri, challenge: searchParams.get('code_challenge'), signIn })
        back.searchParams.set('code', code)
      }
      response.writeHead(302, { location: back.href }).end()
    },
    signOut(request, response) {
      const { searchParams } = new URL(request.url ?? '', 'http://workos')
      const [session, returnTo] = [searchParams.get('session_id'), searchParams.get('return_to') ?? '']
      // WorkOS sends browsers only to registered pages.
      if (session === null || !URL.canParse(returnTo) || !origins.has(new URL(returnTo).origin))
        return void response.writeHead(400).end()
      endSession(session)
      response.writeHead(302, { location: returnTo, 'set-cookie': `${COOKIE}=; Max-Age=0; ${ATTRIBUTES}` }).end()
    },
    redeem(code, verifier) {
      const known = codes.get(String(code))
      codes.delete(String(code))
      if (known === undefined) return null
      const challenge = createHash('sha256').update(String(verifier)).digest('base64url')
      return known.challenge === null || known.challenge === challenge ? known.signIn : null
    },
  }
}

/** Who has signed in with this browser before; empty if nobody. */
function personOf({ headers }: IncomingMessage): string {
  const pair = (headers.cookie ?? '').split('; ').find((one) => one.startsWith(`${COOKIE}=`)) ?? ''
  return Buffer.from(pair.slice(COOKIE.length + 1), 'base64url').toString()
}
