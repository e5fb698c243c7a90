import { tamper, type SignedIn } from '@dualauth/testing'
import { bearer, cookie, EXPIRED, key, type Form } from './form.js'
import { WORKOS_COOKIE_PASSWORD, type Issuers } from './issuers.js'
import { authJsForms, authJsRowForm, expressSessionForm, ironForm, ownSessionForms } from './old-session-forms.js'

export function formsOf(issuers: Issuers): readonly Form[] {
  return [
    ...legacyForms(issuers),
    ...authJsForms(issuers),
    authJsRowForm(issuers),
    ...ownSessionForms(issuers),
    expressSessionForm(issuers),
    ironForm(issuers),
    ...betterAuthForms(issuers),
    betterAuthKeyForm(issuers),
    ...workosForms(issuers),
    ...oauthForms(issuers),
    apiKeyForm(issuers),
  ]
}

function legacyForms({ legacy }: Issuers): Form[] {
  const sign = (claims = {}, lifetime = {}) => legacy.sign({ userId: 'ada', ...claims }, lifetime)
  return [bearer, (token: string) => cookie(`legacy_token=${token}`)].map((present, index) => ({
    name: `legacy JWT, ${index === 0 ? 'bearer' : 'cookie'}`,
    owner: 'legacy',
    states: {
      valid: () => present(sign()),
      expired: () => present(sign({}, EXPIRED)),
      tampered: () => present(tamper(sign())),
      'for another': () => present(sign({ type: 'refresh' })),
    },
  }))
}

function betterAuthForms({ betterAuth, betterAuthKeys, down }: Issuers): Form[] {
  const breakDown = (broken: boolean) => void (down.sessions = broken)
  const session = (more = {}) => betterAuth.session({ user: 'ada', ...more })
  const signedOut = () => {
    const { token } = session()
    betterAuth.signOut(token)
    return token
  }
  const forms: Form[] = [
    {
      name: 'Better Auth session, cookie',
      owner: 'better-auth',
      states: {
        valid: () => cookie(betterAuth.sessionCookie(session().token)),
        expired: () => cookie(betterAuth.sessionCookie(session(EXPIRED).token)),
        tampered: () => cookie(tamper(betterAuth.sessionCookie(session().token))),
        revoked: () => cookie(betterAuth.sessionCookie(signedOut())),
        'provider down': () => cookie(betterAuth.sessionCookie(session().token)),
      },
      breakDown,
    },
    {
      name: 'Better Auth session, bearer',
      owner: 'better-auth',
      states: {
        valid: () => bearer(betterAuth.bearer(session().token)),
        expired: () => bearer(betterAuth.bearer(session(EXPIRED).token)),
        tampered: () => bearer(tamper(betterAuth.bearer(session().token))),
        revoked: () => bearer(betterAuth.bearer(signedOut())),
        'provider down': () => bearer(betterAuth.bearer(session().token)),
      },
      breakDown,
    },
  ]
  for (const encoding of ['compact', 'jwt', 'jwe', 'key-set'] as const) {
    const cached = (options: { lifetime?: object; of?: SignedIn; forge?: boolean } = {}) => {
      const mine = session(options.lifetime)
      const data = betterAuth.sessionDataCookie(options.of ?? mine, { encoding })
      return cookie(betterAuth.sessionCookie(mine.token), options.forge === true ? tamper(data) : data)
    }
    forms.push({
      name: `Better Auth cookie cache, ${encoding}`,
      owner: 'better-auth',
      states: {
        valid: () => cached(),
        expired: () => cached({ lifetime: EXPIRED }),
        // A cache that is no good is no refusal: the session itself decides.
        tampered: () => cached({ forge: true }),
        'for another': () => cached({ of: session() }),
        'provider down': () => cached(),
      },
      breakDown,
    })
  }
  forms.push({
    name: 'Better Auth JWT, bearer',
    owner: 'better-auth',
    states: {
      valid: () => bearer(betterAuth.jwt(session())),
      expired: () => bearer(betterAuth.jwt(session(), {}, EXPIRED)),
      tampered: () => bearer(tamper(betterAuth.jwt(session()))),
      'for another': () => bearer(betterAuth.jwt(session(), { aud: 'https://another.example' })),
      'provider down': () => bearer(betterAuth.jwt(session())),
    },
    breakDown: (broken) => void (betterAuthKeys.mode = broken ? 'status-500' : 'ok'),
  })
  return forms
}

function betterAuthKeyForm({ betterAuth, tables, clock }: Issuers): Form {
  const issue = async (more = {}) => {
    const { key: value, row } = betterAuth.apiKey({
      referenceId: 'ada',
      prefix: 'ba_',
      permissions: { things: ['read'] },
      ...more,
    })
    await tables.add(row)
    return value
  }
  return {
    name: 'Better Auth API key',
    owner: 'better-auth-key',
    states: {
      valid: async () => key(await issue()),
      expired: async () => key(await issue({ expiresAt: clock.now() - 1 })),
      tampered: async () => key(tamper(await issue())),
      'for another': async () => key(await issue({ fields: { configId: 'partners' } })),
      revoked: async () => key(await issue({ fields: { enabled: false } })),
      'provider down': async () => key(await issue()),
    },
    breakDown: tables.breakDown,
  }
}

function workosForms({ workos, clock }: Issuers): Form[] {
  const keysDown = (broken: boolean) => void (workos.keySet.mode = broken ? 'status-500' : 'ok')
  const sealed = (options = {}, password = WORKOS_COOKIE_PASSWORD) =>
    `wos-session=${workos.sealedSession(workos.signIn({ user: 'user_ada', ...options }), { password })}`
  const issue = (more = {}) => workos.apiKeys.issue({ owner: 'org_acme', permissions: ['things:read'], ...more })
  return [
    {
      name: 'WorkOS access token, bearer',
      owner: 'workos',
      states: {
        valid: () => bearer(workos.accessToken()),
        expired: () => bearer(workos.accessToken({}, EXPIRED)),
        tampered: () => bearer(tamper(workos.accessToken())),
        'for another': () => bearer(workos.accessToken({ client_id: 'client_another' })),
        'provider down': () => bearer(workos.accessToken()),
      },
      breakDown: keysDown,
    },
    {
      name: 'WorkOS sealed session, cookie',
      owner: 'workos',
      states: {
        valid: () => cookie(sealed()),
        expired: () => cookie(sealed(EXPIRED)),
        tampered: () => cookie(tamper(sealed())),
        'for another': () => cookie(sealed({}, 'a password of another application, 32+ characters')),
        'provider down': () => cookie(sealed()),
      },
      breakDown: keysDown,
    },
    {
      name: 'WorkOS API key',
      owner: 'workos-key',
      states: {
        valid: () => key(issue().value),
        expired: () => key(issue({ expiresAt: clock.now() - 1 }).value),
        tampered: () => key(tamper(issue().value)),
        'for another': () => key(workos.apiKey),
        revoked() {
          const { id, value } = issue()
          workos.apiKeys.revoke(id)
          return key(value)
        },
        'provider down': () => key(issue().value),
      },
      breakDown: (broken) => void (workos.apiKeys.mode = broken ? 'status-500' : 'ok'),
    },
  ]
}

function oauthForms({ oidc }: Issuers): Form[] {
  const revoked = () => {
    const token = oidc.opaqueToken()
    oidc.revoke(token)
    return bearer(token)
  }
  return [
    {
      name: 'OIDC access token, bearer',
      owner: 'oidc',
      states: {
        valid: () => bearer(oidc.accessToken()),
        expired: () => bearer(oidc.accessToken({}, EXPIRED)),
        tampered: () => bearer(tamper(oidc.accessToken())),
        'for another': () => bearer(oidc.accessToken({ aud: 'https://another.example' })),
        'provider down': () => bearer(oidc.accessToken()),
      },
      breakDown: (broken) => void (oidc.discovery.mode = broken ? 'status-500' : 'ok'),
    },
    {
      name: 'opaque token, introspected',
      owner: 'introspection',
      states: {
        valid: () => bearer(oidc.opaqueToken()),
        expired: () => bearer(oidc.opaqueToken({}, EXPIRED)),
        tampered: () => bearer(tamper(oidc.opaqueToken())),
        'for another': () => bearer(oidc.opaqueToken({ aud: 'https://another.example' })),
        revoked,
        'provider down': () => bearer(oidc.opaqueToken()),
      },
      breakDown: (broken) => void (oidc.introspection.mode = broken ? 'status-500' : 'ok'),
    },
  ]
}

function apiKeyForm({ apiKeys, clock, down }: Issuers): Form {
  const issue = async (more = {}) => apiKeys.issue({ owner: 'ada', ...more })
  return {
    name: "the team's own API key",
    owner: 'api-key',
    states: {
      valid: async () => key((await issue()).key),
      expired: async () => key((await issue({ expiresAt: clock.now() - 1 })).key),
      tampered: async () => key(tamper((await issue()).key)),
      async revoked() {
        const { key: value, record } = await issue()
        apiKeys.store.revoke(record.id, clock.now())
        return key(value)
      },
      'provider down': async () => key((await issue()).key),
    },
    breakDown: (broken) => void (down.keys = broken),
  }
}
