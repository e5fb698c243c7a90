// One process of an API that shares what it must through Redis: `node redis-instance.mjs`, with its settings in the environment.
// It tells its parent where it listens, once it is ready, and when it adopted which policy.
import { setTimeout as pause } from 'node:timers/promises'
import { betterAuth, createDualAuth, legacyJwt, sqlSessions } from '@dualauth/core'
import { dualAuth, getPrincipal, requireAuth } from '@dualauth/hono'
import { openDatabase } from '@dualauth/postgres'
import { redisPolicy, redisRevocations } from '@dualauth/redis'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'

const { DATABASE_URL, REDIS_URL, CLIENT, PORT, JWT_SECRET, BETTER_AUTH_SECRET } = process.env
const { query } = await openDatabase(DATABASE_URL)
// As their authors set them up: they try again after ever longer pauses, of two seconds at most.
const client = CLIENT === 'ioredis' ? new Redis(REDIS_URL) : createClient({ url: REDIS_URL })
client.on('error', () => {})
if (CLIENT !== 'ioredis') await client.connect()

const auth = createDualAuth({
  verifiers: [
    legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [JWT_SECRET], purpose: 'only-access-tokens' }),
    betterAuth({ name: 'better-auth', secrets: [BETTER_AUTH_SECRET], sessions: sqlSessions(query) }),
  ],
  // The name of a person is the application's id here, so that linking needs no database of its own.
  link: ({ verifier, subject, claims }) => ({ id: verifier === 'legacy' ? subject : claims.user.name }),
  revocations: redisRevocations({ client }),
  migration: { from: ['legacy'], to: 'better-auth', policy: redisPolicy({ client }) },
  throttle: {
    address: { header: 'x-forwarded-for', hops: 1 },
    limiter: new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: CLIENT !== 'ioredis',
      points: 100,
      duration: 60,
      keyPrefix: 'failures',
    }),
  },
  onEvent(event) {
    if (event.type === 'policy_adopted') process.send({ version: event.version, at: event.at })
  },
})

const app = new Hono()
app.use(async (c, next) => {
  await next()
  c.res.headers.set('x-instance', String(process.pid))
})
app.use(dualAuth(auth))
app.get('/me', requireAuth(), (c) => c.json({ id: getPrincipal(c).id }))
app.post('/revoke', async (c) => {
  const isWritten = await auth.revoke(await c.req.json()).then(
    () => true,
    () => false,
  )
  return c.body(null, isWritten ? 204 : 503)
})

const isReady = () =>
  auth.ready().then(
    () => true,
    () => false,
  )
while (!(await isReady())) await pause(100)
serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' }, () =>
  process.send({ url: `http://127.0.0.1:${PORT}` }),
)
process.once('disconnect', () => process.exit(0))
