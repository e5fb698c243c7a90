import { createDualAuth, remote } from '@dualauth/core'
import { dualAuth, requireAuth, requirePermission } from '@dualauth/hono'
import { Hono } from 'hono'
import { ROLES } from './auth.js'
import type { AuthService } from './service.js'

/** Another worker. It has no secret and no database: the auth service judges everything. */
export function createWorker(authService: AuthService, workosIssuers: readonly string[]): Hono {
  const auth = createDualAuth({
    verifiers: [
      remote({
        name: 'auth-service',
        credentials: [
          { cookie: 'better-auth.session_token' },
          { opaque: { minLength: 32 } },
          { jwtIssuer: null },
          { jwtIssuer: workosIssuers },
          { header: 'x-api-key' },
        ],
        validate: (credential) => authService.validate(credential),
      }),
    ],
    access: { roles: ROLES },
  })
  const app = new Hono()
  app.use(dualAuth(auth))

  app.get('/things', requirePermission('things:read'), (c) => c.json({ for: c.var.principal.id }))
  app.post('/things', requirePermission('things:write'), (c) => c.json({ by: c.var.principal.id }, 201))

  // A permission in one organization: the service knows.
  app.get('/organizations/:organization/report', requireAuth(), async (c) => {
    const question = { userId: c.var.principal.id, resource: 'reports', action: 'read' }
    const may = await authService.checkPermission({ ...question, organizationId: c.req.param('organization') })
    return may ? c.json({ report: 'all is well' }) : c.json({ code: 'permission_denied' }, 403)
  })
  return app
}
