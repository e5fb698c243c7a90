import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import {
  apiKeys,
  betterAuth,
  createDualAuth,
  memoryApiKeys,
  legacyJwt,
  workos,
  type BetterAuthClaims,
  type DualAuth,
  type Principal,
  type PrincipalOf,
  type PrincipalOfAuth,
  type RegisteredPrincipal,
} from '../src/index.js'
import type { JsonObject } from '../src/route/jwt.js'

const legacy = () =>
  legacyJwt({
    name: 'legacy',
    algorithms: ['HS256'],
    secrets: ['made at run time'],
    purpose: 'only-access-tokens',
    schema: z.object({ userId: z.number(), plan: z.enum(['free', 'paid']) }),
    claims: { subject: 'userId' },
  })

const create = () =>
  createDualAuth({
    verifiers: [
      legacy(),
      betterAuth({ name: 'better-auth', secrets: ['made at run time'], sessions: async () => null }),
      workos({ name: 'workos', clientId: 'client_1' }),
      apiKeys({ name: 'api-key', prefix: 'sk_', keys: memoryApiKeys() }),
    ],
    link: (identity) => {
      expectTypeOf(identity.verifier).toEqualTypeOf<'legacy' | 'better-auth' | 'workos' | 'api-key'>()
      if (identity.verifier === 'legacy') expectTypeOf(identity.claims.plan).toEqualTypeOf<'free' | 'paid'>()
      return { id: identity.subject, locale: 'en' }
    },
  })

it('narrows the principal by its verifier, to the output of the schema', async () => {
  const result = await create().authenticate({ method: 'GET', headers: {} })
  if (!result.ok) {
    expectTypeOf(result.error.status).toEqualTypeOf<number>()
    return
  }
  const { principal } = result
  expectTypeOf(principal.account).toEqualTypeOf<{ id: string; locale: string }>()
  if (principal.verifier === 'legacy')
    expectTypeOf(principal.claims).toEqualTypeOf<{ userId: number; plan: 'free' | 'paid' }>()
  if (principal.verifier === 'better-auth') expectTypeOf(principal.claims).toEqualTypeOf<BetterAuthClaims>()
  if (principal.verifier === 'workos') expectTypeOf(principal.claims.sid).toEqualTypeOf<string>()
  // @ts-expect-error -- no verifier of this name
  if (principal.verifier === 'auth0') return
})

it('is a plain principal where no instance is registered', () => {
  expectTypeOf<RegisteredPrincipal>().toEqualTypeOf<Principal>()
})

it('asks for options as they are, at compile time', () => {
  // @ts-expect-error -- `purpose` is required: a refresh token of the same secret is otherwise an access token
  const withoutPurpose = () => legacyJwt({ name: 'a', algorithms: ['HS256'], secrets: ['x'] })
  // @ts-expect-error -- no such algorithm
  const none = () => legacyJwt({ name: 'a', algorithms: ['none'], secrets: ['x'], purpose: 'only-access-tokens' })
  expectTypeOf([withoutPurpose, none]).not.toBeNever()
})

it('knows the claims of a verifier without a schema as JSON, wherever the call stands', () => {
  const options = { algorithms: ['HS256'], secrets: ['made at run time'], purpose: 'only-access-tokens' } as const
  const inline = createDualAuth({ verifiers: [legacyJwt({ name: 'legacy', ...options })] })
  const apart = legacyJwt({ name: 'legacy', ...options })
  type Claims = PrincipalOfAuth<typeof inline>['claims']
  expectTypeOf<Claims>().toEqualTypeOf<JsonObject>()
  expectTypeOf<PrincipalOf<[typeof apart]>['claims']>().toEqualTypeOf<JsonObject>()
})

it('revokes one thing at a time', () => {
  type Revoke = Parameters<DualAuth['revoke']>[0]
  expectTypeOf<{ principal: string; issuedBefore: number }>().toExtend<Revoke>()
  expectTypeOf<{ session: string; verifier: string }>().toExtend<Revoke>()
  expectTypeOf<{ principal: string; session: string }>().not.toExtend<Revoke>()
  expectTypeOf<{ session: string }>().not.toExtend<Revoke>()
  expectTypeOf<{ credential: string; verifier: string }>().not.toExtend<Revoke>()
})

it('types claims by the schema, and hands them to hooks, in a list of verifiers as well', () => {
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({
        name: 'legacy',
        algorithms: ['HS256'],
        secrets: ['made at run time'],
        purpose: 'only-access-tokens',
        schema: z.object({ plan: z.string() }),
        isRevoked: ({ claims, sessionId }) => {
          expectTypeOf(claims).toEqualTypeOf<{ plan: string }>()
          return sessionId === null
        },
      }),
    ],
    link: ({ verifier, claims }) => {
      expectTypeOf(verifier).toEqualTypeOf<'legacy'>()
      expectTypeOf(claims).toEqualTypeOf<{ plan: string }>()
      return null
    },
  })
  expectTypeOf<PrincipalOfAuth<typeof auth>['claims']>().toEqualTypeOf<{ plan: string }>()
})
