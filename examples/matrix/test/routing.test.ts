import { createDualAuth, legacyJwt, type ExplainInput } from '@dualauth/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuth, verifiersOf } from '../src/auth.js'
import type { Form, Headers } from '../src/form.js'
import { formsOf } from '../src/forms.js'
import { startIssuers, type Issuers } from '../src/issuers.js'

let issuers: Issuers
let forms: readonly Form[]
beforeAll(async () => {
  issuers = await startIssuers()
  forms = formsOf(issuers)
}, 60_000)
afterAll(() => issuers.close())

const valid = async ({ states }: Form): Promise<Headers> => (await states.valid?.()) ?? {}

function explainable(headers: Headers): ExplainInput {
  const { authorization, cookie = '' } = headers
  if (authorization !== undefined) return authorization.slice('Bearer '.length)
  if (headers['x-api-key'] !== undefined) return { header: 'x-api-key', value: headers['x-api-key'] }
  const [name, value] = (cookie.split('; ')[0] as string).split(/=(.*)/s) as [string, string]
  return { cookie: name, value }
}

/** How often each provider and each store was asked. */
const asked = () => ({
  'better-auth': issuers.betterAuthKeys.fetches + issuers.lookUps.sessions,
  'better-auth-key': issuers.tables.queries(),
  workos: issuers.workos.keySet.fetches,
  'workos-key': issuers.workos.apiKeys.calls,
  oidc: issuers.oidc.discovery.calls + issuers.oidc.keySet.fetches,
  introspection: issuers.oidc.introspection.calls,
  'api-key': issuers.lookUps.keys,
  'auth-js-rows': issuers.lookUps.authJsRows,
  sessions: issuers.lookUps.ownSessions,
  'express-session': issuers.lookUps.expressSessions,
})

describe('for every pair of verifiers and every credential of both', () => {
  it('there is exactly one owner', async () => {
    const verifiers = verifiersOf(issuers)
    let judged = 0
    for (const [index, one] of verifiers.entries()) {
      for (const other of verifiers.slice(index + 1)) {
        const auth = createAuth([one, other], issuers.clock.now)
        for (const form of forms.filter(({ owner }) => [one.name, other.name].includes(owner))) {
          const { outcome, considered } = auth.explain(explainable(await valid(form)))
          const owns = considered.filter((verifier) => verifier.owns).map(({ verifier }) => verifier)
          expect([form.name, outcome]).toEqual([form.name, 'owned'])
          // Keys of the chain look alike; the first that knows a key owns it.
          const chain = ['api-key', 'workos-key']
          if (form.owner === 'api-key' && chain.includes(one.name) && chain.includes(other.name))
            expect(owns).toEqual(chain)
          else expect([form.name, owns]).toEqual([form.name, [form.owner]])
          judged++
        }
      }
    }
    // Of every verifier there is a credential, so that no pair was looked at in vain.
    expect(new Set(forms.map(({ owner }) => owner))).toEqual(new Set(verifiers.map(({ name }) => name)))
    expect(judged).toBe(forms.length * (verifiers.length - 1))
  })

  it('nobody is asked about a credential that is not his own', async () => {
    for (const form of forms) {
      const auth = createAuth(verifiersOf(issuers), issuers.clock.now)
      const headers = await valid(form)
      const before = asked()
      const result = await auth.authenticate({ method: 'GET', headers })
      expect([form.name, result.ok && result.principal.verifier]).toEqual([form.name, form.owner])
      const after = asked()
      const others = Object.entries(after).filter(([name, times]) => times !== before[name as keyof typeof before])
      // WorkOS keys look like the team's own, so the team's store is asked first: that is its own.
      const allowed = form.owner === 'workos-key' ? ['workos-key', 'api-key'] : [form.owner]
      for (const [name] of others) expect([form.name, allowed.includes(name), name]).toEqual([form.name, true, name])
      await auth.close()
    }
  })

  it('a key that the team has revoked is not shown to WorkOS', async () => {
    const { key, record } = await issuers.apiKeys.issue({ owner: 'ada' })
    issuers.apiKeys.store.revoke(record.id, issuers.clock.now())
    const before = issuers.workos.apiKeys.calls
    const auth = createAuth(verifiersOf(issuers), issuers.clock.now)
    const result = await auth.authenticate({ method: 'GET', headers: { 'x-api-key': key } })
    expect(result.ok ? '' : result.error.code).toBe('credential_revoked')
    expect(issuers.workos.apiKeys.calls).toBe(before)
  })
})

it('two verifiers that could own one credential stop the start', () => {
  const twin = (name: string) =>
    legacyJwt({
      name,
      algorithms: ['HS256'],
      secrets: [`${name} ${issuers.legacy.secret}`],
      purpose: 'only-access-tokens',
    })
  expect(() => createDualAuth({ verifiers: [twin('one'), twin('two')], link: () => null })).toThrow(
    expect.objectContaining({ code: 'configuration_invalid' }),
  )
})
