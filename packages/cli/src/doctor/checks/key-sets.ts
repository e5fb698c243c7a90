import { jwkProblem, type InspectedVerifier } from '@dualauth/core'
import { eachVerifier, type Check, type Context } from '../context.js'
import { ok, problem, warning, type Finding } from '../finding.js'
import type { Answer } from '../probe.js'

/** Whether each key set can be fetched, and what it contains. */
export const keySets: Check = eachVerifier(async (verifier, context) => {
  const { hasOwnFetch, keySets: urls, metadata, name } = verifier
  // A custom fetch may use a proxy that this process does not know: `sources` reports on it.
  if (hasOwnFetch) return []
  const found = await Promise.all(urls.map((url) => oneKeySet(name, url, context)))
  return [...found.flat(), ...(metadata.length === 0 ? [] : await oneIssuer(verifier, context))]
})

async function oneKeySet(verifier: string, url: string, { probe }: Context): Promise<readonly Finding[]> {
  const subject = `${verifier}: ${url}`
  const answer = await probe(url)
  const failure = failureOf('key_set', subject, answer, 'keySetUrl, `keySetAt(url)`, `clientId` or `baseUrl`')
  if (failure !== null) return [failure]
  const keys = keysOf(answer.ok ? answer.body : '')
  if (keys === null)
    return [
      problem(
        'key_set_unreadable',
        subject,
        'What it answers is no JWK set: it has no list `keys`.',
        `Give \`${verifier}\` the address of the key set itself (\`keySetUrl\`, \`keySetAt(url)\`), not of a page or of the metadata.`,
      ),
    ]
  const problems = keys.map(jwkProblem)
  const refused = problems.filter((one) => one !== null)
  if (refused.length === keys.length)
    return [
      problem(
        'key_set_without_keys',
        subject,
        keys.length === 0
          ? 'It holds no key, so no token of it is accepted.'
          : `None of its ${keys.length} keys can be used: ${words(refused)}.`,
        'Have the provider publish a key for signatures (`use: "sig"`): RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519; or correct the address in `keySetUrl`.',
      ),
    ]
  const count = `${keys.length - refused.length} of its ${keys.length} keys can be used`
  if (refused.length > 0)
    return [
      warning(
        'key_refused',
        subject,
        `${count}; the others: ${words(refused)}.`,
        'Tokens that are signed with a refused key are refused. Have the provider replace it, or ignore this if the key is for something else.',
      ),
    ]
  return [ok('key_set', subject, `${count}.`)]
}

async function oneIssuer({ name, metadata }: InspectedVerifier, { probe }: Context): Promise<readonly Finding[]> {
  const answers = await Promise.all(metadata.map(probe))
  if (answers.some((answer) => answer.ok && answer.status === 200))
    return [ok('issuer_metadata', name, 'Its issuer publishes its metadata.')]
  const [url = ''] = metadata
  const failure = failureOf('issuer_metadata', `${name}: ${url}`, answers[0] as Answer, 'issuer` or `keySetUrl')
  return failure === null ? [] : [failure]
}

function failureOf(code: string, subject: string, answer: Answer, option: string): Finding | null {
  if (!answer.ok)
    return problem(
      `${code}_unreachable`,
      subject,
      `It cannot be reached from here: ${answer.why}.`,
      `Let this machine reach it (name, firewall, proxy: \`keySetOptions.fetch\`), or correct \`${option}\`.`,
    )
  const { status } = answer
  if (status >= 300 && status < 400)
    return problem(
      `${code}_redirects`,
      subject,
      `It redirects (${status}), which is not followed: whoever controls the target could sign in as anybody.`,
      `Write the final address into \`${option}\`.`,
    )
  if (status === 404 || status === 410)
    return problem(
      `${code}_not_found`,
      subject,
      `There is nothing at this address (${status}).`,
      `Correct \`${option}\`: often a base path such as \`/api/auth\` is missing, or the client id is of another environment.`,
    )
  if (status !== 200)
    return problem(
      `${code}_unreachable`,
      subject,
      `It answers ${status}.`,
      `Ask the provider; if the address is wrong, correct \`${option}\`.`,
    )
  return null
}

function keysOf(body: string): readonly unknown[] | null {
  try {
    const { keys } = JSON.parse(body) as { readonly keys?: unknown }
    return Array.isArray(keys) ? keys : null
  } catch {
    return null
  }
}

function words(problems: readonly string[]): string {
  return [...new Set(problems)].join('; ')
}
