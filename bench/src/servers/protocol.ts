import type { Jwk } from '../tokens.js'
import type { servers } from './server.js'

/** Those that a server is written for. */
export type Framework = keyof typeof servers

export interface Setup {
  readonly jwk: Jwk
  /** The same key in a JWK set on loopback. */
  readonly keySetUrl: string
}

/** Starts a server with `GET /me` on a free port of loopback. */
type Serve = (setup: Setup) => Promise<number>

/** What every answer that depends on a caller has to say; a bare app that says it is what ours can reach at best. */
export const HEADERS: { readonly 'cache-control': string; readonly vary: string } = {
  'cache-control': 'private, no-store',
  vary: 'Authorization',
}

/** Ours with `prometheusMetrics` listening. */
export const WITH_METRICS = 'ours with metrics'

/** By name: `bare`, the same route without authentication; `limit`, that with `HEADERS`; `ours`; and peers. */
export type Servers = Readonly<Record<string, Serve>>

/** What a server's process is told, and what it answers. */
export type ToServer =
  | { readonly type: 'start'; readonly framework: Framework; readonly name: string; readonly setup: Setup }
  | { readonly type: 'usage' }
  | { readonly type: 'heap' }
export type FromServer =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'usage'; readonly cpuMicros: number }
  | { readonly type: 'heap'; readonly bytes: number }
