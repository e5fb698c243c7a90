import { randomBytes } from 'node:crypto'
import * as testing from '@dualauth/testing'
import type { FoundSession } from '../../src/index.js'
import { START } from './clock.js'

export const SESSION_SECRET: string = randomBytes(32).toString('hex')

/** 32 letters and digits, as Better Auth makes them. */
export function sessionToken(seed: string): string {
  return seed.padEnd(32, '0').slice(0, 32)
}

/** Better Auth's signed value, before percent-encoding. */
export function signedValue(token: string, secret: string = SESSION_SECRET): string {
  return testing.signedValue(token, secret)
}

export function signedCookie(token: string, secret: string = SESSION_SECRET): string {
  return encodeURIComponent(signedValue(token, secret))
}

export function found(userId: string, overrides: { session?: object; user?: object | null } = {}): FoundSession {
  const session = { id: `s-${userId}`, userId, expiresAt: new Date(START + 3_600_000), createdAt: new Date(START - 1) }
  const user = { id: userId, email: `${userId}@example.com`, emailVerified: true, name: 'A Name', role: 'editor' }
  return {
    session: { ...session, ...overrides.session },
    user: overrides.user === null ? null : { ...user, ...overrides.user },
  } as FoundSession
}
