import type { DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth, requireOrganization, requirePermission } from '@dualauth/express'
import express, { type Express } from 'express'
import type { OldSide } from './old-side.js'

interface Sides {
  readonly auth: DualAuth
  readonly oldSide: OldSide
  /** Where the provider signs people in. */
  readonly signInAt: string
}

/** The API. Its login asks which side issues; everything else does not know that there are two. */
export function createService({ auth, oldSide, signInAt }: Sides): Express {
  const app = express()
  app.use(express.json())
  app.use(dualAuth(auth))

  app.post('/login', async (req, res) => {
    const { email, password } = req.body as { email: string; password: string }
    const user = await oldSide.check(email, password)
    if (user === null) return void res.status(401).json({ error: 'wrong address or password' })
    const tenant = req.get('x-tenant') ?? user.tenant
    const { side } = await auth.issuerFor({ user: user.id, organization: tenant })
    res.json(side === 'old' ? { token: await oldSide.issue(user.id, tenant) } : { signInAt })
  })

  app.get('/me', requireAuth(), (req, res) => {
    const { id, organization, roles, verifier } = getPrincipal(req)
    res.json({ id, tenant: organization, roles, verifier })
  })

  app.get('/invoices', requireOrganization(), requirePermission('invoices:read'), (req, res) => {
    res.json({ tenant: getPrincipal(req).organization, invoices: [] })
  })

  app.post('/invoices', requireOrganization(), requirePermission('invoices:write'), (req, res) => {
    res.status(201).json({ tenant: getPrincipal(req).organization })
  })

  return app
}
