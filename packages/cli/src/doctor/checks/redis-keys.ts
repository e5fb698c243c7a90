import type { InspectedVerifier } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, type Finding } from '../finding.js'
import { literally, scan, type Send } from '../redis.js'

/**
 * Whether keys are where the options say. With the wrong prefix, every session looks revoked, and instances share
 * nothing.
 */
export async function redisKeys(context: Context): Promise<readonly Finding[]> {
  const { examined, redis } = context
  if (examined === null || redis === null) return []
  const { verifiers, revocations, policies } = examined.inspection
  const found = await Promise.all(verifiers.map((verifier) => ofSessions(verifier, context, redis)))
  const shared = [
    ...(revocations?.kind === 'redis' ? [ofKey(REVOCATIONS, revocations.key, redis)] : []),
    ...policies.flatMap(({ source }) => (source?.kind === 'redis' ? [ofKey(POLICY, source.key, redis)] : [])),
    ...verifiers.flatMap((verifier) => (verifier.refreshes?.kind === 'redis' ? [ofRefreshes(verifier, redis)] : [])),
  ]
  return [...found.flat(), ...(await Promise.all(shared))]
}

/** Data that all instances keep in one key. */
interface OneKey {
  readonly what: string
  readonly option: string
  /** The part of the key after the prefix. */
  readonly ending: RegExp
  readonly there: string
  readonly none: string
  /** The consequence of a wrong prefix. */
  readonly lost: string
}

const REVOCATIONS: OneKey = {
  what: 'revocations',
  option: 'redisRevocations',
  ending: /revocations$/,
  there: 'Revocations are there.',
  none: 'Nothing was revoked yet, with any prefix.',
  lost: 'what other instances revoke does not arrive here',
}

const POLICY: OneKey = {
  what: 'policy',
  option: 'redisPolicy',
  ending: /policy:[^:]*$/,
  there: 'A policy is there.',
  none: 'No policy was published yet, with any prefix.',
  lost: 'what is published there does not arrive here',
}

async function ofKey({ what, option, ending, there, none, lost }: OneKey, key: string, send: Send): Promise<Finding> {
  const subject = `${what}: ${key}`
  if (Number(await send('EXISTS', key)) > 0) return ok('redis_prefix', subject, there)
  const [end = key] = ending.exec(key) ?? []
  const others = (await scan(send, `*${literally(end)}`, MOST_KEYS))
    .filter((other) => other !== key && isPrefix(other.slice(0, -end.length)))
    .slice(0, 4)
  if (others.length === 0) return ok('redis_prefix', subject, none)
  return problem(
    'redis_prefix',
    subject,
    `It is empty, and there ${what === 'policy' ? 'is a policy' : `are ${what}`} in ${others.join(', ')}: ${lost}.`,
    onePrefix(option, (others[0] as string).slice(0, -end.length)),
  )
}

function onePrefix(option: string, prefix: string): string {
  return `Give every instance one \`prefix\` of \`${option}\`, such as \`'${prefix}'\`.`
}

/** Refreshes are kept for about half a minute, so a wrong prefix shows only while sessions are being refreshed. */
async function ofRefreshes({ name, kind, refreshes }: InspectedVerifier, send: Send): Promise<Finding> {
  const prefix = refreshes?.prefix ?? ''
  const subject = `${name} refreshes: ${prefix}`
  const mark = `dualauth:${kind}:`
  const prefixOf = (key: string): string => key.slice(0, key.lastIndexOf(mark))
  if ((await scan(send, `${literally(prefix + mark)}*`, 1)).length > 0)
    return ok('redis_prefix', subject, 'Refreshes are there.')
  const other = (await scan(send, `*${literally(mark)}*`, MOST_KEYS)).map(prefixOf).find(isPrefix)
  if (other === undefined) return ok('redis_prefix', subject, 'No session was refreshed recently, with any prefix.')
  return problem(
    'redis_prefix',
    subject,
    `No refresh has this prefix, and some have "${other}". Instances that do not share refreshes use a refresh token twice, which may end the session.`,
    onePrefix('redisRefreshes', other),
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
