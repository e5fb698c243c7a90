import { trustedOriginsTest } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'

/**
 * Whether `trustedOrigins` match the origins of the app's pages. Construction has already refused origins that no
 * browser sends.
 */
export function origins({ examined, origins: given }: Context): readonly Finding[] {
  if (examined === null) return []
  const { trustedOrigins, verifiers } = examined.inspection
  const findings = insecure(trustedOrigins)
  if (given.length === 0) return findings
  const takesCookies = verifiers.some(({ shapes }) => shapes.some(({ carriage }) => carriage.cookies.length > 0))
  for (const entry of trustedOrigins)
    if (!given.some(trustedOriginsTest([entry])))
      findings.push(
        warning(
          'origin_matches_nobody',
          `trustedOrigins: ${entry}`,
          'It matches none of the given origins.',
          `Correct or remove this entry of \`trustedOrigins\`${entry.includes('*') ? '; a `*` stands for one label, so `https://*.example.com` is neither `https://example.com` nor `https://a.b.example.com`' : ''}.`,
        ),
      )
  if (!takesCookies) return findings
  const trusts = trustedOriginsTest(trustedOrigins)
  for (const origin of given)
    findings.push(
      trusts(origin)
        ? ok('origin_trusted', origin, 'It is trusted.')
        : problem(
            'origin_untrusted',
            origin,
            'A POST with a cookie from there is answered 403 origin_untrusted, unless it is of the same origin as the API.',
            `Add \`'${origin}'\` to \`trustedOrigins\`.`,
          ),
    )
  return findings
}

/** An origin without TLS, listed beside others with TLS. */
function insecure(trusted: readonly string[]): Finding[] {
  const isPlain = (entry: string): boolean =>
    entry.startsWith('http://') && !/^http:\/\/(?:localhost|127\.|\[::1\]|[^/]*\.localhost)(?:[:.]|$|\d)/.test(entry)
  if (!trusted.some((entry) => entry.startsWith('https://'))) return []
  return trusted
    .filter(isPlain)
    .map((entry) =>
      warning(
        'origin_insecure',
        `trustedOrigins: ${entry}`,
        'Whoever is on the way can change this page, and act for whoever opens it.',
        'Serve it by https, and write that into `trustedOrigins`.',
      ),
    )
}
