import { assertKnown, type Known } from '../known-options.js'
import { seal } from './seal.js'
import type { WorkosSession } from './sessions.js'

/** The options of `FakeWorkos.sealedSession`. */
export interface SealedSessionOptions {
  /** `WORKOS_COOKIE_PASSWORD`, at least 32 characters. */
  readonly password: string
  /**
   * Override members of the content, such as `{ impersonator: { email, reason } }`, or `{ refreshToken: undefined }`.
   */
  readonly fields?: Readonly<Record<string, unknown>>
}

const OPTIONS: Known<SealedSessionOptions> = { password: true, fields: true }

/** The content of the cookie `wos-session` as the Node SDK seals it. */
export function sealSession(session: WorkosSession, options: SealedSessionOptions): string {
  assertKnown(options, OPTIONS, 'FakeWorkos.sealedSession')
  const { password, fields } = options
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
