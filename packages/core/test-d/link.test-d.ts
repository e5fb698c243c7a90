import { expectTypeOf, it } from 'vitest'
import { createDualAuth, legacyJwt, type LinkRefusal, type PrincipalOfAuth } from '../src/index.js'

const verifiers = [
  legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: ['made at run time'], purpose: 'only-access-tokens' }),
] as const

it('keeps the further fields of an account where link may refuse', () => {
  const refusal = (): LinkRefusal => ({ refuse: 'account_refused', reason: 'under_age' })
  const create = () =>
    createDualAuth({
      verifiers,
      link: ({ subject }) => {
        if (subject === 'nobody') return null
        if (subject === 'taken') return { refuse: 'account_conflict', reason: 'email_taken' }
        return subject === 'young' ? refusal() : { id: subject, locale: 'de' }
      },
    })
  type Account = PrincipalOfAuth<ReturnType<typeof create>>['account']
  expectTypeOf<Account['locale']>().toEqualTypeOf<string>()
  expectTypeOf<Account['id']>().toEqualTypeOf<string>()
})

it('does so in an asynchronous link, too', () => {
  const create = () =>
    createDualAuth({
      verifiers,
      link: async ({ subject }) => (subject === 'taken' ? { refuse: 'account_refused' } : { id: subject, tier: 1 }),
    })
  expectTypeOf<PrincipalOfAuth<ReturnType<typeof create>>['account']['tier']>().toEqualTypeOf<number>()
})

it('refuses with the codes of link only', () => {
  // @ts-expect-error -- a code of another step
  const wrong = () => createDualAuth({ verifiers, link: () => ({ refuse: 'permission_denied' }) })
  // @ts-expect-error -- a reason is a slug
  const noText = () => createDualAuth({ verifiers, link: () => ({ refuse: 'account_refused', reason: 7 }) })
  expectTypeOf([wrong, noText]).not.toBeNever()
})
