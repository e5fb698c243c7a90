import { createDualAuth, legacyJwt } from '@dualauth/core'
import { AUDIENCE, ISSUER, type Jwk } from './tokens.js'

export const FRAMEWORKS = ['express', 'hono', 'fastify'] as const
export const ROLES = ['bare', 'ours', 'peer'] as const

export type Framework = (typeof FRAMEWORKS)[number]
/** `bare`: the same route without authentication. */
export type Role = (typeof ROLES)[number]

export interface Setup {
  readonly jwk: Jwk
  /** The same key in a JWK set on loopback, for a peer that takes nothing else. */
  readonly keySetUrl: string
}

/** Starts a server with `GET /me` on a free port of loopback. */
type Serve = (setup: Setup) => Promise<number>

export type Contenders = Readonly<Record<Role, Serve>>

/** What a server's process is told and what it answers. */
export type ToServer =
  | { readonly type: 'start'; readonly framework: Framework; readonly role: Role; readonly setup: Setup }
  | { readonly type: 'usage' }
export type FromServer =
  { readonly type: 'listening'; readonly port: number } | { readonly type: 'usage'; readonly cpuMicros: number }

/** One configuration for the three adapters. */
export function createAuth({ jwk }: Setup) {
  return createDualAuth({
    // First sight: what is remembered is measured by itself.
    remember: false,
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['RS256'],
        keySet: { keys: [jwk] },
        issuer: ISSUER,
        audience: AUDIENCE,
        purpose: 'only-access-tokens',
      }),
    ],
  })
}
