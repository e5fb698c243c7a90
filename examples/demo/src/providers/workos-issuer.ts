import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { listen, type Running } from '../listen.js'

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 26 characters, as the ids of WorkOS end. */
export function ulid(): string {
  return `01${[...randomBytes(24)].map((byte) => BASE32[byte % 32]).join('')}`
}

export interface WorkosIssuer {
  readonly url: string
  readonly clientId: string
  /** How identity links spell it. */
  readonly issuer: string
  /** An AuthKit access token for `subject`; a negative lifetime gives an expired one. */
  accessToken(subject: string, lifetimeSeconds: number): Promise<string>
  /** The attack of RFC 8725 section 2.1: the public key, which everybody knows, taken as an HMAC secret. */
  confusedToken(subject: string): Promise<string>
  switchOff(): Promise<void>
  switchOn(): Promise<void>
}

/** Signs tokens of the shape of WorkOS AuthKit's: RS256, the key set at `/sso/jwks/<clientId>`. */
export async function startWorkosIssuer(): Promise<WorkosIssuer> {
  const clientId = `client_${ulid()}`
  const kid = `sso_oidc_key_pair_${ulid()}`
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid }] })

  const start = (port: number): Promise<Running> =>
    listen(
      createServer((request, response) => {
        const known = request.method === 'GET' && request.url === `/sso/jwks/${clientId}`
        response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
        response.end(known ? keySet : JSON.stringify({ message: 'Not Found' }))
      }),
      port,
    )

  let running: Running | null = await start(0)
  const { url } = running
  const issuer = `${url}/user_management/${clientId}`
  const now = (): number => Math.floor(Date.now() / 1000)

  const claims = (subject: string): SignJWT =>
    new SignJWT({
      sid: `session_${ulid()}`,
      client_id: clientId,
      org_id: 'org_01DEMO0000000000000000000',
      role: 'admin',
      roles: ['admin'],
      permissions: ['*'],
    })
      .setIssuer(issuer)
      .setSubject(subject)
      .setJti(ulid())

  return {
    url,
    clientId,
    issuer,
    accessToken(subject, lifetimeSeconds) {
      const expiresAt = now() + lifetimeSeconds
      return claims(subject)
        .setProtectedHeader({ alg: 'RS256', kid })
        .setIssuedAt(expiresAt - Math.abs(lifetimeSeconds))
        .setExpirationTime(expiresAt)
        .sign(privateKey)
    },
    async confusedToken(subject) {
      const publicPem = new TextEncoder().encode(await exportSPKI(publicKey))
      return claims(subject)
        .setProtectedHeader({ alg: 'HS256', kid })
        .setIssuedAt()
        .setExpirationTime(now() + 300)
        .sign(publicPem)
    },
    async switchOff() {
      await running?.close()
      running = null
    },
    async switchOn() {
      running ??= await start(Number(new URL(url).port))
    },
  }
}
