import type { InspectedVerifier } from '@dualauth/core'
import { eachVerifier, type Check, type Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'
import { ask, type Answer } from '../probe.js'

/** How many requests run at once: a browser opens six connections. */
const AT_ONCE = 6

/** Whether a Better Auth server's `get-session` answers, and how many of this API's requests it can take. */
export const provider: Check = eachVerifier(async (verifier, context) => {
  const { sessions } = verifier
  if (sessions?.kind !== 'http') return []
  const answer = await context.probe(sessions.url)
  const failure = failureOf(verifier, sessions.url, answer)
  if (failure !== null) return [failure]
  const subject = `${verifier.name}: ${sessions.url}`
  if (context.providerRequests === 0) return [ok('provider', subject, 'It answers as `get-session` does.')]
  return [await limitOf(subject, sessions.url, context)]
})

/** Without a cookie, `get-session` answers 200 and `null`. */
function failureOf({ name }: InspectedVerifier, url: string, answer: Answer): Finding | null {
  const subject = `${name}: ${url}`
  if (!answer.ok)
    return problem(
      'provider_unreachable',
      subject,
      `It cannot be reached from here: ${answer.why}.`,
      'Correct `url` of `httpSessions`, or let this machine reach it; meanwhile callers are answered 503.',
    )
  if (answer.status === 429) return limited(subject, 'It answers the first request with 429', answer.retryAfter)
  if (answer.status === 200 && answer.body.trim() === 'null') return null
  const seen = answer.status === 200 ? 'It answers 200 with something else than `null`' : `It answers ${answer.status}`
  return problem(
    'provider_address',
    subject,
    `${seen} to a request without a cookie; \`get-session\` answers 200 and \`null\`.`,
    'Set `url` of `httpSessions` to the address of `get-session`, such as `https://app.example.com/api/auth/get-session`, as this machine reaches it: past CDN, login page and redirect.',
  )
}

async function limitOf(subject: string, url: string, { providerRequests, now }: Context): Promise<Finding> {
  for (let sent = 0; sent < providerRequests; sent += AT_ONCE) {
    const count = Math.min(AT_ONCE, providerRequests - sent)
    const answers = await Promise.all(Array.from({ length: count }, () => ask(url, now)))
    const refused = answers.findIndex((answer) => answer.ok && answer.status === 429)
    const answer = answers[refused]
    if (answer?.ok === true)
      return limited(subject, `Request ${sent + refused + 1} was answered 429`, answer.retryAfter)
  }
  return ok('provider', subject, `It answered ${providerRequests} requests, and refused none.`)
}

function limited(subject: string, seen: string, retryAfter: string | null): Finding {
  const wait = retryAfter === null || !/^\d{1,6}$/.test(retryAfter) ? '' : `, for ${retryAfter} s`
  return warning(
    'provider_limits',
    subject,
    `${seen}${wait}. Its rate limiter takes this API for one caller: one busy person makes it refuse everybody, which is 503.`,
    "Set `rateLimit: { customRules: { '/get-session': false } }` in Better Auth (it limits sign-ins all the same), or use `sqlSessions` or `redisSessions`. `rememberMs` and `cacheMs` only make it rarer.",
  )
}
