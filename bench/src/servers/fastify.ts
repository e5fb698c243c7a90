import { createPublicKey } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { apiKeys, createDualAuth, keySetAt, legacyJwt, memoryApiKeys, type DualAuth } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/fastify'
import fastifyJwt from '@fastify/jwt'
import fastify, { type FastifyInstance, type onRequestHookHandler } from 'fastify'
import { createAuth, createCountedAuth } from '../our-auth.js'
import { AUDIENCE, ISSUER, type Jwk } from '../tokens.js'
import { BY_HAND, createAskSubject } from './by-hand.js'
import { HEADERS, WITH_METRICS, type Servers } from './protocol.js'

declare module 'fastify' {
  interface FastifyRequest {
    subject: string | null
  }
}

export const fastifyServers: Servers = {
  bare: () => {
    const app = fastify()
    app.get('/me', async () => ({ id: 'user_0000000' }))
    return listen(app)
  },
  limit: () => {
    const app = fastify()
    app.addHook('onRequest', (_request, reply, done) => {
      void reply.headers(HEADERS)
      done()
    })
    app.get('/me', async () => ({ id: 'user_0000000' }))
    return listen(app)
  },
  ours: async ({ jwk }) => serveOurs(createAuth({ algorithm: 'RS256', jwk })),
  [WITH_METRICS]: async ({ jwk }) => serveOurs(createCountedAuth({ algorithm: 'RS256', jwk })),
  [BY_HAND]: ({ jwk }) => {
    const askSubject = createAskSubject(jwk)
    const app = fastify()
    app.decorateRequest('subject', null)
    const onRequest: onRequestHookHandler = (request, reply, done) => {
      void askSubject(request.headers.authorization, (subject) => {
        if (subject === null) return void reply.code(401).send()
        request.subject = subject
        void reply.headers(HEADERS)
        done()
      })
    }
    app.get('/me', { onRequest }, async ({ subject }) => ({ id: subject }))
    return listen(app)
  },
  /** What a flood meets: a key set to fetch, and API keys that have to be looked up. */
  'ours, with key set and API keys': async ({ keySetUrl }) =>
    serveOurs(
      createDualAuth({
        verifiers: [
          legacyJwt({
            name: 'legacy',
            algorithms: ['RS256'],
            keySet: keySetAt(keySetUrl),
            issuer: ISSUER,
            audience: AUDIENCE,
            purpose: 'only-access-tokens',
          }),
          apiKeys({ name: 'api-key', prefix: 'sk_live_', keys: memoryApiKeys() }),
        ],
        link: ({ subject }) => ({ id: subject }),
        throttle: { address: 'socket' },
      }),
    ),
  '@fastify/jwt, cache on': async ({ jwk }) => {
    const app = fastify()
    await app.register(fastifyJwt, {
      secret: { public: pemOf(jwk) },
      verify: { algorithms: ['RS256'], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: 10_000 },
    })
    app.get('/me', { onRequest: (request) => request.jwtVerify() }, async (request) => ({
      id: (request.user as { sub: string }).sub,
    }))
    return listen(app)
  },
}

async function serveOurs(auth: DualAuth): Promise<number> {
  const app = fastify()
  await app.register(dualAuth, { auth })
  app.get('/me', { onRequest: requireAuth() }, async (request) => ({ id: getPrincipal(request, auth).id }))
  return listen(app)
}

function pemOf(jwk: Jwk): string {
  return createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }) as string
}

async function listen(app: FastifyInstance): Promise<number> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}
