// What @dualauth/testing mints is what a real express-session reads.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createExpressSessionIssuer, tamper } from '@dualauth/testing'
import express from 'express'
import session from 'express-session'
import { expect, it } from 'vitest'

it('minted sessions are those of a real express-session, and forged or ended ones are new there', async () => {
  const { secret, store, ...issuer } = createExpressSessionIssuer()
  const app = express()
  const options = { secret: ['a newer secret, which is another one', secret], resave: false, saveUninitialized: false }
  app.use(session({ ...options, store: Object.assign(new session.MemoryStore(), store) }))
  app.get('/', (req, res) => void res.json({ id: req.sessionID, user: Object.entries(req.session) }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const seen = async (cookie: string) => (await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } })).json()

  const { id } = issuer.session({ user: 'ada' })
  const passport = ['passport', { user: 'ada' }]
  expect(await seen(issuer.sessionCookie(id))).toMatchObject({ id, user: expect.arrayContaining([passport]) })
  for (const cookie of [
    tamper(issuer.sessionCookie(id)),
    issuer.sessionCookie(issuer.session({ expiresInSeconds: -1 }).id),
  ])
    expect(await seen(cookie)).toMatchObject({ id: expect.not.stringContaining(id), user: [expect.anything()] })
  issuer.signOut(id)
  expect(await seen(issuer.sessionCookie(id))).toMatchObject({ user: [expect.anything()] })
  server.closeAllConnections()
  server.close()
})
