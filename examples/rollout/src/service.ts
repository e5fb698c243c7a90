import type { DualAuth } from '@dualauth/core'
import { healthEndpoint, introspectionHandler, migrationEndpoint } from '@dualauth/endpoints'
import { dualAuth, getPrincipal, mountHandler, requireAuth } from '@dualauth/fastify'
import { metricsEndpoint, type ReadableRegister } from '@dualauth/metrics'
import { fastify, type FastifyInstance } from 'fastify'
import type { NewSide } from './new-side.js'
import type { createOldSide } from './old-side.js'

interface Sides {
  readonly auth: DualAuth
  readonly oldSide: ReturnType<typeof createOldSide>
  readonly newSide: () => NewSide
  /** With which the second service asks about tokens. */
  readonly reportsSecret: string
}

/** The API. Its login asks which side issues; everything else does not know that there are two. */
export async function createService({ auth, oldSide, newSide, reportsSecret }: Sides): Promise<FastifyInstance> {
  const app = fastify()
  await app.register(dualAuth, { auth })

  app.post<{ Body: { email: string; password: string } }>('/login', async ({ body: { email, password } }, reply) => {
    const user = await oldSide.check(email, password)
    if (user === null) return reply.code(401).send({ error: 'wrong address or password' })
    const { side } = await auth.issuerFor({ user })
    if (side === 'old') return { token: await oldSide.issue(user) }
    const signedIn = await newSide().signIn(user, email, password)
    return reply.code(signedIn.status).header('set-cookie', signedIn.headers.getSetCookie()).send({ token: null })
  })

  app.get('/me', { onRequest: requireAuth() }, async (request) => {
    const { id, verifier } = getPrincipal(request)
    return { id, verifier }
  })

  const clients = [{ id: 'reports', secrets: [reportsSecret] }]
  await app.register(mountHandler, { prefix: '/auth/introspect', handler: introspectionHandler({ auth, clients }) })
  await app.register(mountHandler, { prefix: '/auth/migration', handler: migrationEndpoint({ auth }) })
  await app.register(mountHandler, { prefix: '/auth/health', handler: healthEndpoint({ auth }) })
  await app.register(mountHandler, { prefix: '/api/auth', handler: (request) => newSide().handler(request) })
  return app
}

/** A port that Prometheus and operators reach, and nobody else. */
export async function createInternal(auth: DualAuth, register: ReadableRegister): Promise<FastifyInstance> {
  const app = fastify()
  await app.register(mountHandler, { prefix: '/metrics', handler: metricsEndpoint({ register, auth }) })
  const health = healthEndpoint({ auth, details: () => true })
  await app.register(mountHandler, { prefix: '/auth/health', handler: health })
  return app
}
