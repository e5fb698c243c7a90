import {
  answerWith,
  createDualAuth,
  workos,
  workosRefresh,
  workosSession,
  type FormatContext,
  type Query,
} from '@dualauth/core'
import { signInEndpoints, workosCatchUp, workosImport, workosSignIn, workosWebhook } from '@dualauth/endpoints'
import { accounts, workosSync } from '@dualauth/postgres'
import type { Request } from 'express'
import { keepNames } from './names.js'
import { problemPage } from './pages.js'
import { GRANTS, ROLES } from './roles.js'

export interface Environment {
  readonly query: Query
  /** Of this site, as browsers see it. */
  readonly origin: string
  readonly clientId: string
  readonly apiKey: string
  readonly webhookSecret: string
  /** 32 random bytes or more. */
  readonly cookiePassword: string
  /** Only because the WorkOS of this example is a local one. */
  readonly apiUrl: string
}

/** Everything that this application says about who may come in. */
export function createAuth({ query, origin, clientId, apiKey, apiUrl, webhookSecret, cookiePassword }: Environment) {
  const people = accounts(query, {
    users: { table: 'users', active: 'is_active', email: 'email', fields: { name: 'name', bio: 'bio' } },
    organizations: { table: 'organizations', active: 'is_active' },
    verifiers: { workos: { ownId: { claim: 'external_id' }, synced: true, provision: 'create' } },
  })
  const session = workosSession({
    cookiePasswords: [cookiePassword],
    cookie: { secure: origin.startsWith('https:') },
    refresh: workosRefresh({ apiKey }),
  })
  const auth = createDualAuth({
    verifiers: [workos({ name: 'workos', clientId, apiUrl, session })],
    link: people.link,
    organization: (request) => /^\/organizations\/(\w+)/i.exec(request.target().pathname ?? '')?.[1],
    access: { roles: Object.fromEntries(Object.entries(ROLES).map(([slug, role]) => [slug, GRANTS[role] ?? []])) },
    trustedOrigins: [origin],
    formatError: (error, { request }: FormatContext<Request>) =>
      request.accepts(['json', 'html']) === 'html'
        ? answerWith({ contentType: 'text/html; charset=utf-8', body: problemPage(error, request.originalUrl) })
        : undefined,
  })
  const signIn = signInEndpoints({
    auth,
    provider: workosSignIn({ verifier: 'workos', clientId, apiKey, apiUrl, session }),
    redirectUri: `${origin}/auth/callback`,
    secrets: [cookiePassword],
  })
  const handle = keepNames(query, (subject) => people.links.find({ verifier: 'workos', subject }))
  const ground = { auth, sync: workosSync(query), handle }
  const webhook = workosWebhook({ ...ground, secrets: [webhookSecret] })
  const catchUp = workosCatchUp({ ...ground, apiKey, apiUrl })
  const importAll = workosImport({ sync: ground.sync, handle, apiKey, apiUrl })
  return { auth, people, signIn, webhook, catchUp, importAll }
}
