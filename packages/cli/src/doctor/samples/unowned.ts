import type { Explanation, InspectedVerifier } from '@dualauth/core'
import type { Examined } from '../context.js'
import { problem, type Finding } from '../finding.js'
import { unverifiedJwt } from './claims-of.js'
import { cookieOption } from './option-of.js'
import type { Sample } from './read-samples.js'

type JwtShape = Extract<InspectedVerifier['shapes'][number], { kind: 'jwt' }>

/** Why no verifier owns a sample. Reasons that one option can fix come first. */
export function unowned(sample: Sample, explanation: Explanation, examined: Examined): Finding {
  return (
    elsewhere(sample, examined) ??
    cookieName(sample, examined) ??
    jwtRules(sample, examined) ??
    problem(
      'sample_unowned',
      sample.label,
      `No verifier owns it: ${explanation.considered.map(({ verifier, because }) => `${verifier} ${because}`).join('; ')}.`,
      'Add the verifier of this kind of credential, or correct what the nearest one takes (`carriers`, `cookie`, `prefix`, `algorithms`, `issuer`).',
    )
  )
}

/** The same value would be owned if it were sent another way. */
function elsewhere({ label, value, cookie }: Sample, { auth }: Examined): Finding | null {
  if (cookie !== null) return null
  const places = placesOf(auth.shapes)
  for (const { words, input, wanted } of places) {
    const { outcome, verifiers } = auth.explain(input(value))
    if (outcome !== 'owned') continue
    const [verifier = ''] = verifiers
    return problem(
      'sample_carrier',
      label,
      `${verifier} would own it ${words}, and it travels another way.`,
      `Have clients send it ${words}, or name the place in \`carriers\` of ${verifier} beside ${wanted}: such as ${wanted === "`'bearer'`" ? '' : "`'bearer'`, "}\`{ scheme: 'Token' }\`, \`'bare'\` or \`{ header: 'x-token' }\`.`,
    )
  }
  return null
}

interface Place {
  readonly words: string
  readonly wanted: string
  readonly input: (value: string) => Parameters<Examined['auth']['explain']>[0]
}

function placesOf(shapes: Examined['auth']['shapes']): readonly Place[] {
  const schemes = [...new Set(shapes.flatMap(({ carriage }) => carriage.schemes ?? []))]
  const headers = [...new Set(shapes.flatMap(({ carriage }) => carriage.headers))]
  // Verifiers of sessions own every value of their cookies.
  const jwts = shapes.filter(({ kind }) => kind === 'jwt')
  const cookies = [...new Set(jwts.flatMap(({ carriage }) => carriage.cookies))]
  return [
    { words: 'behind `Bearer`', wanted: "`'bearer'`", input: (value) => value },
    ...schemes
      .filter((scheme) => scheme !== '')
      .map((scheme): Place => ({
        words: `behind \`${scheme}\``,
        wanted: `\`{ scheme: '${scheme}' }\``,
        input: (value) => ({ scheme, value }),
      })),
    ...headers.map((header): Place => ({
      words: `in the header \`${header}\``,
      wanted: `\`{ header: '${header}' }\``,
      input: (value) => ({ header, value }),
    })),
    ...cookies.map((cookie): Place => ({
      words: `in the cookie \`${cookie}\``,
      wanted: `\`{ cookie: '${cookie}' }\``,
      input: (value) => ({ cookie, value }),
    })),
  ]
}

/**
 * A cookie name that differs only by `__Secure-` or by its prefix. The sample's own name is not repeated: some names
 * contain tokens.
 */
function cookieName({ label, cookie, value }: Sample, { auth, inspection }: Examined): Finding | null {
  if (cookie === null) return null
  const plain = (name: string): string => name.replace(/^__(?:Secure|Host)-/, '')
  for (const owner of inspection.verifiers) {
    const { name: verifier, shapes } = owner
    const looked = shapes.flatMap(({ carriage }) => carriage.cookies)
    const same = looked.find((name) => plain(name) === plain(cookie))
    if (same !== undefined)
      return problem(
        'cookie_mark',
        label,
        `Its name differs from \`${same}\`, which ${verifier} looks at, only by \`__Secure-\` or \`__Host-\` in front.`,
        owner.kind === 'betterAuth'
          ? `Leave \`cookies.secure\` of ${verifier} out, which takes both, or set it as the server does; it is \`useSecureCookies\` or \`https\` in \`baseURL\`.`
          : `Name the cookie exactly as the application sets it, with or without the mark, in ${cookieOption(owner)}.`,
      )
    const last = (name: string): string => plain(name).split('.').at(-1) ?? ''
    const alike = looked.find((name) => last(name) !== '' && last(name) === last(cookie))
    if (alike !== undefined && auth.explain({ cookie: alike, value }).outcome === 'owned')
      return problem(
        'cookie_prefix',
        label,
        `Its name ends like \`${alike}\`, which ${verifier} looks at, behind another prefix.`,
        prefixMend(owner, plain(cookie)),
      )
  }
  return null
}

function prefixMend(owner: InspectedVerifier, cookie: string): string {
  const { kind, name: verifier } = owner
  if (kind === 'authJs' && cookie === 'next-auth.session-token')
    return `Set \`version: 4\` of ${verifier}: it is of NextAuth 4.`
  if (kind === 'authJs' && cookie === 'authjs.session-token')
    return `Leave \`version\` and \`cookie\` of ${verifier} out: it is of Auth.js 5. Or set \`cookie\` of ${verifier} to its name.`
  if (kind !== 'betterAuth')
    return `Set the name of the cookie that the application sets, the whole of it, in ${cookieOption(owner)}.`
  return `Set \`cookies: { prefix }\` of ${verifier} to \`advanced.cookiePrefix\` of Better Auth, or \`cookies: { name }\` to the whole name.`
}

/** The first routing rule that prevents the nearest verifier from owning a JWT. */
function jwtRules({ label, value }: Sample, { inspection }: Examined): Finding | null {
  const jwt = unverifiedJwt(value)
  if (jwt === null) return null
  const near = inspection.verifiers.flatMap(({ name, shapes }) =>
    shapes.flatMap((shape) => (shape.kind === 'jwt' ? [{ name, shape, ...distance(shape, jwt) }] : [])),
  )
  const [nearest] = near.toSorted((a, b) => b.met - a.met)
  if (nearest === undefined || nearest.finding === null) return null
  const { code, seen, mend } = nearest.finding
  return problem(code, label, `It is a JWT, and ${nearest.name} ${seen}.`, mend(nearest.name))
}

interface Rule {
  readonly code: string
  readonly seen: string
  readonly mend: (verifier: string) => string
}

/** Neither a pattern with a named part nor "any issuer". */
function isExact(issuer: string): boolean {
  return /^[^{}*]+$/.test(issuer)
}

function distance(
  { algorithms, issuers, audiences }: JwtShape,
  { header, claims }: NonNullable<ReturnType<typeof unverifiedJwt>>,
): { readonly met: number; readonly finding: Rule | null } {
  if (!algorithms.includes(String(header['alg'])))
    return {
      met: 0,
      finding: {
        code: 'algorithm_mismatch',
        seen: `takes only ${algorithms.join(', ')}`,
        mend: (name) => `Write the algorithm of the issuer into \`algorithms\` of ${name}, with the key that fits it.`,
      },
    }
  const issuer = claims['iss']
  if (issuers === null && issuer !== undefined)
    return {
      met: 1,
      finding: {
        code: 'issuer_unknown',
        seen: 'takes only tokens without an issuer (`iss`), and this one names one',
        mend: (name) => `Set \`issuer\` of ${name} to the exact \`iss\` of its tokens.`,
      },
    }
  if (issuers !== null && issuer === undefined)
    return {
      met: 1,
      finding: {
        code: 'issuer_missing',
        seen: 'takes only tokens of its issuer (`iss`), and this one names none',
        mend: (name) => `Leave \`issuer\` of ${name} out, or have the issuer set \`iss\`.`,
      },
    }
  if (issuers !== null && issuers.every(isExact) && !issuers.includes(String(issuer)))
    return {
      met: 1,
      finding: {
        code: 'issuer_unknown',
        seen: 'takes only tokens of its own issuer (`iss`)',
        mend: (name) => `Set \`issuer\` of ${name} to the exact \`iss\` of its tokens, also a slash at the end.`,
      },
    }
  if (audiences !== null && ![claims['aud']].flat().some((one) => audiences.includes(String(one))))
    return {
      met: 3,
      finding: {
        code: 'audience_mismatch',
        seen: `takes only tokens for its audience (\`aud\`), and this one ${claims['aud'] === undefined ? 'names none' : 'is for another'}`,
        mend: (name) =>
          claims['aud'] === undefined
            ? `Leave \`audience\` of ${name} out, or have the issuer set \`aud\`.`
            : `Set \`audience\` of ${name} to what the issuer writes into \`aud\`, exactly, also a slash at the end.`,
      },
    }
  return {
    met: 2,
    finding: {
      code: 'issuer_unknown',
      seen: 'does not take its issuer (`iss`), its session (`sid`) or its key (`kid`)',
      mend: (name) => `Set \`issuer\` of ${name} to the exact \`iss\` of its tokens, also a slash at the end.`,
    },
  }
}
