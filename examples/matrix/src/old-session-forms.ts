import { randomUUID } from 'node:crypto'
import { createExpressSessionIssuer, seal, tamper } from '@dualauth/testing'
import { bearer, cookie, EXPIRED, type Form } from './form.js'
import { IRON_PASSWORD, WORKOS_COOKIE_PASSWORD, type Issuers } from './issuers.js'

export function authJsForms({ authJs, nextAuth }: Issuers): Form[] {
  const issuers = [
    { name: 'Auth.js 5', owner: 'auth-js', issuer: authJs, other: nextAuth },
    { name: 'NextAuth 4', owner: 'next-auth', issuer: nextAuth, other: authJs },
  ] as const
  return issuers.flatMap(({ name, owner, issuer, other }) => {
    const token = (lifetime = {}) => issuer.token({ sub: 'ada' }, lifetime)
    const inCookie = (value: string) => cookie(issuer.sessionCookie(value))
    return [
      {
        name: `${name} session, cookie`,
        owner,
        states: {
          valid: () => inCookie(token()),
          expired: () => inCookie(token(EXPIRED)),
          tampered: () => inCookie(tamper(token())),
          'for another': () => inCookie(other.token({ sub: 'ada' })),
        },
      },
      {
        name: `${name} session, bearer`,
        owner,
        states: {
          valid: () => bearer(token()),
          expired: () => bearer(token(EXPIRED)),
          tampered: () => bearer(tamper(token())),
        },
      },
    ]
  })
}

export function authJsRowForm({ authJsRows, clock, down }: Issuers): Form {
  const add = (expiresInMs = 60_000) => {
    const token = randomUUID()
    const session = { userId: 'ada', expires: new Date(clock.now() + expiresInMs) }
    authJsRows.set(token, { session, user: { id: 'ada' } })
    return token
  }
  const inCookie = (token: string) => cookie(`authjs.database-session=${token}`)
  return {
    name: 'Auth.js database session, cookie',
    owner: 'auth-js-rows',
    states: {
      valid: () => inCookie(add()),
      expired: () => inCookie(add(-1)),
      tampered: () => inCookie(tamper(add())),
      revoked: () => inCookie(randomUUID()),
      'provider down': () => inCookie(add()),
    },
    breakDown: (broken) => void (down.authJsRows = broken),
  }
}

export function ownSessionForms({ ownSessions, down }: Issuers): Form[] {
  const session = (more = {}) => ownSessions.session({ user: 'ada', ...more }).token
  const signedOut = () => {
    const token = session()
    ownSessions.signOut(token)
    return token
  }
  const inCookie = (token: string) => cookie(ownSessions.sessionCookie(token))
  return [inCookie, bearer].map((present, index) => ({
    name: `session of the team's own store, ${index === 0 ? 'cookie' : 'bearer'}`,
    owner: 'sessions',
    states: {
      valid: () => present(session()),
      expired: () => present(session(EXPIRED)),
      tampered: () => present(tamper(session())),
      revoked: () => present(signedOut()),
      'provider down': () => present(session()),
    },
    breakDown: (broken) => void (down.ownSessions = broken),
  }))
}

export function expressSessionForm({ expressSessions, down }: Issuers): Form {
  const session = (more = {}) => expressSessions.session({ user: 'ada', ...more }).id
  const inCookie = (id: string) => cookie(expressSessions.sessionCookie(id))
  return {
    name: 'express-session, cookie',
    owner: 'express-session',
    states: {
      valid: () => inCookie(session()),
      expired: () => inCookie(session(EXPIRED)),
      tampered: () => cookie(tamper(expressSessions.sessionCookie(session()))),
      'for another': () => cookie(createExpressSessionIssuer().sessionCookie(session())),
      revoked() {
        const id = session()
        expressSessions.signOut(id)
        return inCookie(id)
      },
      'provider down': () => inCookie(session()),
    },
    breakDown: (broken) => void (down.expressSessions = broken),
  }
}

export function ironForm({ clock }: Issuers): Form {
  const sealed = (expiresAt = clock.now() + 60_000, password = IRON_PASSWORD) =>
    `iron=${seal({ userId: 'ada' }, { password, expiresAt })}`
  return {
    name: 'iron-session, cookie',
    owner: 'iron',
    states: {
      valid: () => cookie(sealed()),
      expired: () => cookie(sealed(clock.now() - 1)),
      tampered: () => cookie(tamper(sealed())),
      'for another': () => cookie(sealed(undefined, WORKOS_COOKIE_PASSWORD)),
    },
  }
}
