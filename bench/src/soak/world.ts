import { apiKeys, createApiKey, createDualAuth, keySetAt, legacyJwt, memoryApiKeys } from '@dualauth/core'
import { startKeySetServer, tamper } from '@dualauth/testing'
import { requestWith, type RawRequest } from '../our-auth.js'
import { AUDIENCE, ISSUER } from '../tokens.js'
import { MAX_KEY_AGE_MS, type History, type Subject } from './oracle.js'

export interface Credential extends Subject {
  readonly request: RawRequest
}

const PREFIX = 'sk_live_'
const TOKEN_SECONDS = 8

/** An issuer that rotates and fails, an application that revokes, and dualauth between them. */
export async function createWorld() {
  const keySet = await startKeySetServer({ algorithm: 'ES256' })
  const keys = memoryApiKeys()
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['ES256'],
        keySet: keySetAt(keySet.url, { maxAgeMs: MAX_KEY_AGE_MS, timeoutMs: 500 }),
        issuer: ISSUER,
        audience: AUDIENCE,
        purpose: 'only-access-tokens',
        clockToleranceSeconds: 0,
      }),
      apiKeys({ name: 'api-key', prefix: PREFIX, keys, rememberMs: 5_000 }),
    ],
    link: ({ subject }) => ({ id: subject }),
    remember: { maxEntries: 500, linkMaxAgeMs: 1_000 },
  })
  const history: History = {
    publishedAt: new Map([[keySet.signingKey.kid, Date.now()]]),
    withdrawnAt: new Map(),
    revokedAt: new Map(),
    outage: { from: 0, to: 0 },
  }
  let users = 0

  function mint(kind: Exclude<Subject['kind'], 'api-key'>): Credential {
    const user = `user_${users++}`
    const seconds = Math.floor(Date.now() / 1000)
    const aud = kind === 'other-audience' ? 'https://other.example.com' : AUDIENCE
    const claims = { iss: ISSUER, aud, sub: user, iat: seconds, exp: seconds + TOKEN_SECONDS }
    const { kid } = keySet.signingKey
    const token = keySet.sign(claims, kind === 'unknown-kid' ? { kid: `nobody-${users}` } : {})
    const value = kind === 'forged' ? tamper(token) : token
    const request = requestWith('Authorization', `Bearer ${value}`)
    return { kind, user, kid, expiresAt: (seconds + TOKEN_SECONDS) * 1000, request }
  }

  async function mintApiKey(): Promise<Credential> {
    const user = `user_${users++}`
    const { key, record } = await createApiKey({ prefix: PREFIX, owner: { kind: 'user', id: user }, scopes: [] })
    keys.add(record)
    const request = requestWith('X-Api-Key', key)
    return { kind: 'api-key', user, kid: null, expiresAt: Number.POSITIVE_INFINITY, request }
  }

  return {
    auth,
    keySet,
    history,
    mint,
    mintApiKey,
    rotate: () => void history.publishedAt.set(keySet.rotate().kid, Date.now()),
    withdraw(kid: string) {
      keySet.withdraw(kid)
      history.withdrawnAt.set(kid, Date.now())
    },
    /** Down for so long, in one of the ways that endpoints break. */
    breakFor(milliseconds: number, mode: 'status-500' | 'hang' | 'bad-json') {
      keySet.mode = mode
      history.outage = { from: Date.now(), to: Date.now() + milliseconds }
      setTimeout(() => (keySet.mode = 'ok'), milliseconds)
    },
    async revoke(user: string) {
      history.revokedAt.set(user, Date.now())
      // A token says when it was issued in whole seconds.
      await auth.revoke({ principal: user, issuedBefore: Date.now() + 1_000 })
    },
    async close() {
      await auth.close()
      await keySet.close()
    },
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
