import type { DualAuth } from '@dualauth/core'
import { mountHandler } from '@dualauth/hono'
import { Hono } from 'hono'
import type { ExampleAuth } from './auth.js'

/** The page, the endpoints under `/auth`, and an API whose answers carry no cookie, such as one behind a gateway. */
export function createService({ auth, signIn, migration, exchange }: ExampleAuth, html: string, script: string): Hono {
  const app = new Hono()
  app.get('/', (c) => c.html(html))
  app.get('/page.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  app.get('/favicon.ico', (c) => c.body(null, 204))
  app.get('/auth/migration', mountHandler(migration))
  app.post('/auth/exchange', mountHandler(exchange))
  app.all('/auth/*', mountHandler(signIn))
  app.get('/api/things', async (c) => {
    const result = await auth.authenticate(c.req.raw)
    if (!result.ok) return refusal(auth, result.error)
    const { id, verifier } = result.principal
    return c.json({ things: ['a thing', 'another thing'], of: id, verifier })
  })
  return app
}

function refusal(auth: DualAuth, error: Parameters<DualAuth['respond']>[0]): Response {
  const { status, headers, body } = auth.respond(error)
  return new Response(body, { status, headers: headers.map(([name, value]): [string, string] => [name, value]) })
}
