import { createDualAuth, remote, type RemoteForm } from '@dualauth/core'
import { dualAuth, requireAuth, requirePermission } from '@dualauth/hono'
import { Hono } from 'hono'
import { ROLES } from './auth.js'
import type { AuthService } from './service.js'

/** Another worker. It has no secret and no database: the auth service judges everything. */
export function createWorker(authService: AuthService, forms: readonly RemoteForm[]): Hono {
  const auth = createDualAuth({
    verifiers: [
      remote({
        name: 'auth-service',
        credentials: forms,
        validate: (credential) => authService.validate(credential),
      }),
    ],
    organization: (request) => request.header('x-organization') ?? undefined,
    access: { roles: ROLES },
  })
  const app = new Hono()
  app.use(dualAuth(auth))

  app.get('/things', requirePermission('things:read'), (c) => c.json({ for: c.var.principal.id }))
  app.post('/things', requirePermission('things:write'), (c) => c.json({ by: c.var.principal.id }, 201))

  // A permission in an organization that the path names: the service knows.
  app.get('/organizations/:organization/report', requireAuth(), async (c) => {
    const question = { userId: c.var.principal.id, resource: 'reports', action: 'read' }
    const may = await authService.checkPermission({ ...question, organizationId: c.req.param('organization') })
    return may ? c.json({ report: 'all is well' }) : c.json({ code: 'permission_denied' }, 403)
  })
  return app
}
