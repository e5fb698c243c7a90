import { fastify, type FastifyInstance } from 'fastify'

/** Stands for a service in another language: it has no key, no table of people and no dualauth, and asks the API. */
export function createSecondService(introspectionUrl: string, secret: string): FastifyInstance {
  const app = fastify()
  const authorization = `Basic ${Buffer.from(`reports:${secret}`).toString('base64')}`
  app.get('/reports', async (request, reply) => {
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) return reply.code(401).send()
    const body = new URLSearchParams({ token })
    const response = await fetch(introspectionUrl, { method: 'POST', headers: { authorization }, body })
    // An outage says nothing about the token.
    if (!response.ok) return reply.code(503).send()
    const { active, sub, verifier } = (await response.json()) as { active: boolean; sub?: string; verifier?: string }
    return active ? { of: sub, verifier } : reply.code(401).send()
  })
  return app
}
