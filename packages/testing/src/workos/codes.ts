import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WorkosSignInOptions } from './sessions.js'

/** The page of AuthKit: who signs in there next, or what goes wrong. */
export interface AuthKitControl {
  /** Who signs in at the next visit, and at those after it. Default: a new user each time. */
  signsIn: WorkosSignInOptions
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

/** Codes of AuthKit, each good once. */
export interface Codes {
  readonly control: AuthKitControl
  /** `GET /user_management/authorize`: signs in without a page, and sends the browser back with a code. */
  respond(request: IncomingMessage, response: ServerResponse): void
  /** Null where WorkOS says `invalid_grant`. */
  redeem(code: unknown, verifier: unknown): WorkosSignInOptions | null
}

export function createCodes(clientId: string): Codes {
  const codes = new Map<string, Code>()
  const control = {
    signsIn: {} as WorkosSignInOptions,
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
      const state = searchParams.get('state')
      if (state !== null) back.searchParams.set('state', state)
      if (control.error !== null) back.searchParams.set('error', control.error)
      else {
        const code = randomBytes(16).toString('hex')
        const organizationId = searchParams.get('organization_id')
        const signIn = { ...control.signsIn, ...(organizationId !== null && { organizationId }) }
        codes.set(code, { redirectUri, challenge: searchParams.get('code_challenge'), signIn })
        back.searchParams.set('code', code)
      }
      response.writeHead(302, { location: back.href }).end()
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
