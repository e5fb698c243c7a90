import { serveRemote, type ValidateRemote } from '@dualauth/core'
import { apiKeyEndpoints } from '@dualauth/endpoints'
import { dualAuth, getPrincipal, mountHandler, requireAuth } from '@dualauth/hono'
import { Hono } from 'hono'
import type { createAuth, Environment } from './auth.js'
import { createSignIn } from './sign-in.js'

type Parts = ReturnType<typeof createAuth>

export interface PermissionQuestion {
  readonly userId: string
  readonly resource: string
  readonly action: string
  readonly organizationId?: string
}

/** What other workers call: on Cloudflare the methods of a `WorkerEntrypoint`, bound as `AUTH_SERVICE`. */
export interface AuthService {
  readonly validate: ValidateRemote
  checkPermission(question: PermissionQuestion): Promise<boolean>
}

export function createAuthService({ auth }: Parts): AuthService {
  return {
    validate: serveRemote(auth),
    checkPermission: ({ userId, resource, action, organizationId }) =>
      auth.can({ user: userId }, `${resource}:${action}`, { organization: organizationId ?? null }),
  }
}

/** What browsers and scripts call. */
export function createRoutes(parts: Parts, env: Environment): Hono {
  const { auth, keys } = parts
  const app = new Hono()
  app.route('/', createSignIn(parts, env))
  app.use(dualAuth(auth))

  app.get('/me', requireAuth(), (c) => {
    const { id, account, roles, organization, verifier } = getPrincipal(c, auth)
    return c.json({ id, name: account.name, roles, organization, verifier })
  })

  const prefix = { live: 'sk_live_', test: 'sk_test_' }
  const endpoints = apiKeyEndpoints({ auth, keys, prefix, basePath: '/apikeys', ofOrganization: false })
  app.all('/apikeys/*', mountHandler(endpoints))
  return app
}
