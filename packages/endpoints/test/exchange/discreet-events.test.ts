import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import {
  createDualAuth,
  memoryExchanges,
  oidc,
  oidcSession,
  type AuthEvent,
  type DualAuth,
  type DualAuthOptions,
} from '@dualauth/core'
import { createLegacyIssuer, startOidcProvider } from '@dualauth/testing'
import { describe, expect, it } from 'vitest'
import { exchangeEndpoint, oidcTokens, tokenExchangeMinter } from '../../src/index.js'
import { everybody, ORIGIN, reply, said } from './world.js'
import { legacyOf } from '../legacy.js'

const ADDRESS = 'ada.lovelace@example.com'
const ACCESS_TOKEN = 'ACCESS-TOKEN-1'

/** All that a logger may show of it. */
const shown = (value: unknown): string => inspect(value, { depth: 12, showHidden: true }) + JSON.stringify(value)

describe('an event of an exchange that a provider refuses', () => {
  it('holds nothing of what the provider says of the person and the token', async () => {
    const { outcome, events, token } = await exchangeAt(({ body }) => {
      const subject = new URLSearchParams(body).get('subject_token')
      return Response.json({ error: 'server_error', error_description: `${ADDRESS} with ${subject}` }, { status: 400 })
    })
    expect(outcome).toBe('503 verifier_unavailable')
    expect(refusalIn(events)).toMatchObject({
      cause: { name: 'ResponseBodyError', error: 'server_error', status: 400 },
    })
    expect(shown(events)).not.toContain(ADDRESS)
    expect(shown(events)).not.toContain(token)
  })

  it('holds no claim of an id token that is not taken', async () => {
    const { outcome, events } = await exchangeAt(({ issuer }) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: issuer, aud: 'another', sub: 'x', email: ADDRESS, iat: now, exp: now + 60 }
      return Response.json({
        access_token: ACCESS_TOKEN,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        id_token: `${encoded({ alg: 'RS256' })}.${encoded(claims)}.AAAA`,
      })
    })
    expect(outcome).toBe('503 verifier_unavailable')
    expect(refusalIn(events)).toMatchObject({ cause: { code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' } })
    expect(shown(events)).not.toContain(ADDRESS)
    expect(shown(events)).not.toContain(ACCESS_TOKEN)
  })

  it('says of an error that is no code of OAuth that there was one', async () => {
    const { events } = await exchangeAt(() => Response.json({ error: ADDRESS }, { status: 400 }))
    expect(refusalIn(events)).toMatchObject({ cause: { name: 'ResponseBodyError', status: 400 } })
    expect(shown(events)).not.toContain(ADDRESS)
  })
})

it('a revocation that a provider refuses says nothing of the person', async () => {
  const provider = await startOidcProvider()
  const { issuer, client } = provider
  const tokens = oidcTokens({
    issuer,
    clientId: client.id,
    fetch: async (input, init) => {
      if (init?.method === 'POST')
        return Response.json({ error: 'invalid_client', error_description: ADDRESS }, { status: 400 })
      const metadata = (await (await fetch(input, init)).json()) as object
      return Response.json({ ...metadata, revocation_endpoint: `${issuer}/revoke` })
    },
  })
  const refused = await Promise.resolve(tokens.revoke({ refreshToken: 'RT', sessionId: null })).catch((cause) => cause)
  await provider.close()
  expect(refused).toMatchObject({ error: 'invalid_client', status: 400 })
  expect(shown(refused)).not.toContain(ADDRESS)
})

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const refusalIn = (events: readonly AuthEvent[]) => events.find(({ type }) => type === 'exchange_refused')

/** A browser's exchange at a provider whose token endpoint answers so. */
async function exchangeAt(answer: (asked: { readonly body: string; readonly issuer: string }) => Response) {
  const provider = await startOidcProvider()
  const legacy = createLegacyIssuer()
  const { client, audience, issuer } = provider
  const session = oidcSession({ cookiePasswords: [randomBytes(32).toString('base64url')] })
  const events: AuthEvent[] = []
  const minter = tokenExchangeMinter({
    verifier: 'workforce',
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    session,
    fetch: async (input, init) =>
      init?.method === 'POST' ? answer({ body: String(init.body), issuer }) : fetch(input, init),
  })
  const auth = createDualAuth({
    verifiers: [legacyOf(legacy, 'old'), oidc({ name: 'workforce', issuer, audience, session })],
    link: ({ subject }: { subject: string }) => ({ id: subject }),
    trustedOrigins: [ORIGIN],
    onEvent: (event: AuthEvent) => void events.push(event),
    migration: {
      from: ['legacy'],
      to: 'workforce',
      policy: { version: 1, stage: 'prefer-new', settleMs: 0, rollout: everybody(10_000) },
      exchange: { minter, exchanges: memoryExchanges() },
    },
  } as unknown as DualAuthOptions) as DualAuth
  const token = legacy.sign({ userId: 'ada' })
  const headers = { cookie: `old=${token}`, 'sec-fetch-site': 'same-origin' }
  const answered = await exchangeEndpoint({ auth })(new Request(`${ORIGIN}/auth/exchange`, { method: 'POST', headers }))
  const outcome = said(await reply(answered))
  await auth.close()
  await provider.close()
  return { outcome, events, token }
}
