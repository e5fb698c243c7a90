import { seal } from './seal.js'
import type { WorkosSession } from './sessions.js'

/** Of `FakeWorkos.sealedSession`. */
export interface SealedSessionOptions {
  /** `WORKOS_COOKIE_PASSWORD`, at least 32 characters. */
  readonly password: string
  /** Laid over the content, such as `{ impersonator: { email, reason } }`, or `{ refreshToken: undefined }`. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The content of the cookie `wos-session` as the Node SDK seals it. */
export function sealSession(session: WorkosSession, { password, fields }: SealedSessionOptions): string {
  const { user, organizationId, accessToken, refreshToken } = session
  const content = {
    ...(organizationId === null ? {} : { organizationId }),
    user: Object.fromEntries(Object.entries(user).map(([name, value]) => [camelCase(name), value])),
    accessToken,
    refreshToken,
    authenticationMethod: 'Password',
    ...fields,
  }
  return seal(content, { password })
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
