import { legacyJwt } from '@dualauth/core'

/** The verifier of what a legacy issuer signs: bearer tokens, and a cookie if one is named. */
export const legacyOf = (issuer: { readonly secret: string }, cookie?: string) =>
  legacyJwt({
    name: 'legacy',
    algorithms: ['HS256'],
    secrets: [issuer.secret],
    purpose: 'only-access-tokens',
    claims: { subject: 'userId' },
    ...(cookie !== undefined && { carriers: ['bearer', { cookie }] as const }),
  })
