import type { InspectedVerifier } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, type Finding } from '../finding.js'
import { literally, scan, type Send } from '../redis.js'

const REVOCATIONS = 'revocations'

/**
 * Whether keys are where the options say. With the wrong prefix, every session looks revoked and no revocation arrives.
 */
export async function redisKeys(context: Context): Promise<readonly Finding[]> {
  const { examined, redis } = context
  if (examined === null || redis === null) return []
  const { verifiers, revocations } = examined.inspection
  const found = await Promise.all(verifiers.map((verifier) => ofSessions(verifier, context, redis)))
  return [...found.flat(), ...(revocations?.kind === 'redis' ? [await ofRevocations(revocations.key, redis)] : [])]
}

async function ofRevocations(key: string, send: Send): Promise<Finding> {
  const subject = `revocations: ${key}`
  if (Number(await send('EXISTS', key)) > 0) return ok('redis_prefix', subject, 'Revocations are there.')
  const others = (await scan(send, `*${REVOCATIONS}`, MOST_KEYS))
    .filter((other) => other !== key && isPrefix(other.slice(0, -REVOCATIONS.length)))
    .slice(0, 4)
  if (others.length === 0) return ok('redis_prefix', subject, 'Nothing was revoked yet, behind any prefix.')
  return problem(
    'redis_prefix',
    subject,
    `It is empty, and there are revocations in ${others.join(', ')}: what other instances revoke does not arrive here.`,
    `Give every instance one \`prefix\` of \`redisRevocations\`, such as \`'${(others[0] as string).slice(0, -REVOCATIONS.length)}'\`.`,
  )
}

/**
 * A session's key ends in its token. A sample's token finds the key under any prefix; without a sample, the token
 * format does.
 */
async function ofSessions(
  { name, sessions }: InspectedVerifier,
  { samples }: Context,
  send: Send,
): Promise<readonly Finding[]> {
  if (sessions?.kind !== 'redis') return []
  const { prefix } = sessions
  const subject = `${name}: ${prefix}`
  const tokens = samples.map(({ value }) => tokenOf(value)).filter((token) => token !== null)
  const own = `${literally(prefix)}${'[A-Za-z0-9]'.repeat(TOKEN_LENGTH)}`
  const patterns = tokens.length === 0 ? ['[A-Za-z0-9]'.repeat(TOKEN_LENGTH)] : tokens
  for (const pattern of patterns) {
    const isThere = (await scan(send, tokens.length === 0 ? own : literally(prefix) + pattern, 1)).length > 0
    if (isThere) continue
    // A longer word may also end like a token.
    const keys = await scan(send, `*${pattern}`, MOST_KEYS)
    const other = keys.map((key) => key.slice(0, -TOKEN_LENGTH)).find(isPrefix)
    if (other !== undefined) return [elsewhere(subject, other)]
    if (tokens.length > 0) return []
  }
  return [ok('redis_prefix', subject, 'Its keys are where they are looked up, or nobody is signed in.')]
}

function elsewhere(subject: string, prefix: string): Finding {
  return problem(
    'redis_prefix',
    subject,
    `No session is behind this prefix, and there are some behind "${prefix}": every session looks revoked.`,
    `Set \`prefix: '${prefix}'\` of \`redisSessions\`.`,
  )
}

const TOKEN_LENGTH = 32
const MOST_KEYS = 500

/**
 * Whether a text may be shown as a prefix: only words, each followed by a separator. Other kinds of keys contain
 * addresses and parts of credentials, and any of them may end like a token.
 */
function isPrefix(text: string): boolean {
  return text.length <= 64 && /^(?:\{?[A-Za-z]{1,20}\d{0,2}\}?[:./_-])*$/.test(text)
}

/** The token in a Better Auth session cookie or bearer: the part before the signature. */
function tokenOf(value: string): string | null {
  return /^([A-Za-z0-9]{32})(?:\.|%2E|$)/i.exec(value)?.[1] ?? null
}
