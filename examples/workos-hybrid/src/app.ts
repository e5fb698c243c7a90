import type { Query } from '@dualauth/core'
import {
  dualAuth,
  getOptionalPrincipal,
  getPrincipal,
  mountHandler,
  optionalAuth,
  requireAuth,
  requireOrganization,
  requirePermission,
} from '@dualauth/express'
import express, { type Express, type Request } from 'express'
import type { createAuth } from './auth.js'
import { homePage, organizationPage, profilePage, type Person } from './pages.js'

type Auth = Pick<ReturnType<typeof createAuth>, 'auth' | 'signIn' | 'webhook'>

/** The pages. */
export function createApp({ auth, signIn, webhook }: Auth, query: Query): Express {
  const app = express()
  app.use('/webhooks/workos', mountHandler(webhook))
  app.use('/auth', mountHandler(signIn))
  app.use(express.urlencoded({ extended: false, limit: '10kb' }))
  app.use(dualAuth(auth))

  async function personOf(req: Request): Promise<Person | null> {
    const principal = getOptionalPrincipal(req, auth)
    if (principal === null) return null
    const { account, organization, roles } = principal
    const ids = account.memberships?.map((one) => one.organization) ?? []
    const organizations = await query('select id, name from organizations where id = any($1::text[]) order by name', [
      ids,
    ])
    return { name: String(account.name ?? ''), bio: String(account.bio ?? ''), organization, roles, organizations }
  }

  app.get('/', optionalAuth(), async (req, res) => {
    res.send(homePage(await personOf(req)))
  })

  app.get('/profile', requireAuth(), async (req, res) => {
    res.send(profilePage(await personOf(req)))
  })

  app.post('/profile', requireAuth(), async (req, res) => {
    const { name, bio } = req.body as Record<string, unknown>
    const values = [getPrincipal(req).id, String(name ?? '').slice(0, 100), String(bio ?? '').slice(0, 500)]
    await query('update users set name = $2::text, bio = $3::text where id = $1::text::uuid', values)
    res.redirect(303, '/profile')
  })

  const inside = requireOrganization((req) => String(req.params['id']))
  app.get('/organizations/:id', inside, requirePermission('projects:read'), async (req, res) => {
    const titles = await query('select title from projects where organization_id = $1::text order by id', [
      getPrincipal(req).organization,
    ])
    const mayWrite = (await auth.can(getPrincipal(req, auth), 'projects:write')) === true
    res.send(
      organizationPage(
        await personOf(req),
        titles.map(({ title }) => String(title)),
        mayWrite,
      ),
    )
  })

  app.post('/organizations/:id/projects', inside, requirePermission('projects:write'), async (req, res) => {
    const { organization } = getPrincipal(req)
    const { title } = req.body as Record<string, unknown>
    await query('insert into projects (organization_id, title) values ($1::text, $2::text)', [
      organization,
      String(title ?? '').slice(0, 200),
    ])
    res.redirect(303, `/organizations/${organization}`)
  })

  return app
}
