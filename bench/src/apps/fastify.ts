import { createPublicKey } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/fastify'
import fastifyJwt from '@fastify/jwt'
import fastify, { type FastifyInstance } from 'fastify'
import { createAuth, type Contenders } from '../contender.js'
import { AUDIENCE, ISSUER, type Jwk } from '../tokens.js'

export const contenders: Contenders = {
  bare: () => {
    const app = fastify()
    app.get('/me', async () => ({ id: 'user_00000' }))
    return listen(app)
  },
  ours: async (setup) => {
    const auth = createAuth(setup)
    const app = fastify()
    await app.register(dualAuth, { auth })
    app.get('/me', { onRequest: requireAuth() }, async (request) => ({ id: getPrincipal(request, auth).id }))
    return listen(app)
  },
  peer: async ({ jwk }) => {
    const app = fastify()
    await app.register(fastifyJwt, {
      secret: { public: pemOf(jwk) },
      verify: { algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: false },
    })
    app.get('/me', { onRequest: (request) => request.jwtVerify() }, async (request) => ({
      id: (request.user as { sub: string }).sub,
    }))
    return listen(app)
  },
}

function pemOf(jwk: Jwk): string {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
