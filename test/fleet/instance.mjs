// One process of the API: `node instance.mjs`, with its settings in the environment. It tells its parent where it listens,
// and when it adopted which policy.
import { betterAuth, createDualAuth, legacyJwt, sqlSessions } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { openDatabase, postgresEvidence, postgresPolicy } from '@dualauth/postgres'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const { DATABASE_URL, JWT_SECRET, BETTER_AUTH_SECRET, LISTEN } = process.env
const { query, listen } = await openDatabase(DATABASE_URL)

const auth = createDualAuth({
  verifiers: [
    legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [JWT_SECRET], purpose: 'only-access-tokens' }),
    betterAuth({ name: 'better-auth', secrets: [BETTER_AUTH_SECRET], sessions: sqlSessions(query) }),
  ],
  // The name of a person is the application's id here, so that linking needs no database of its own.
  link: ({ verifier, subject, claims }) => ({ id: verifier === 'legacy' ? subject : claims.user.name }),
  migration: {
    from: ['legacy'],
    to: 'better-auth',
    policy: postgresPolicy(query, LISTEN === 'yes' ? { listen } : {}),
    evidence: postgresEvidence(query),
    flushMs: 500,
  },
  onEvent(event) {
    if (event.type === 'policy_adopted') process.send({ version: event.version, at: event.at })
    if (event.type === 'policy_rejected') process.send({ rejected: event.version })
  },
})

const app = new Hono()
app.use(dualAuth(auth))
app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c).id, verifier: getPrincipal(c).verifier }))
app.get('/issuer/:user', async (c) => c.json(await auth.issuerFor({ user: c.req.param('user') })))

await auth.ready()
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  process.send({ url: `http://127.0.0.1:${port}` }),
)
process.once('SIGTERM', () => {
  server.closeAllConnections()
  auth.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
