import { betterAuth, createDualAuth, sqlSessions, type BetterAuthOptions, type DualAuthOptions } from '@dualauth/core'
import { startBetterAuth, type RealBetterAuth } from '../better-auth.js'
import { assertJudges, type Contender } from '../contenders.js'
import type { Group } from '../group.js'
import { mustAccept, requestWith } from '../our-auth.js'
import { startPostgres, type Postgres } from '../postgres.js'
import type { Row } from '../row.js'
import { eachTimed, takeTurns } from '../turns.js'

const SESSIONS = 100

interface Case {
  readonly what: string
  readonly peerName: string
  readonly atLeast: number
  readonly cookieCache: boolean
  readonly options: Pick<BetterAuthOptions, 'cookieCacheMaxAgeMs' | 'rememberMs'>
  readonly remember?: DualAuthOptions['remember']
}

const CASES: readonly Case[] = [
  {
    what: 'session in PostgreSQL, first sight',
    peerName: 'getSession',
    atLeast: 4,
    cookieCache: false,
    options: {},
    remember: false,
  },
  {
    what: 'compact cookie cache, first sight',
    peerName: 'getSession, cookie cache',
    atLeast: 15,
    cookieCache: true,
    options: { cookieCacheMaxAgeMs: 3_600_000 },
    remember: false,
  },
  {
    what: 'session in PostgreSQL, remembered',
    peerName: 'getSession',
    atLeast: 300,
    cookieCache: false,
    options: { rememberMs: 600_000 },
  },
]

/** Beside the real `auth.api.getSession` over the same database. */
export const betterAuthSessions: Group = {
  name: 'better-auth-sessions',
  title: 'Better Auth sessions, in process',
  async measure({ quick }) {
    const postgres = await startPostgres()
    try {
      const rows: Row[] = []
      for (const one of CASES) rows.push(await measureCase(one, postgres, quick ? 2 : 20))
      return rows
    } finally {
      await postgres.stop()
    }
  },
}

async function measureCase(
  { what, peerName, atLeast, cookieCache, options, remember }: Case,
  { pool, query }: Postgres,
  rounds: number,
): Promise<Row> {
  const real = await startBetterAuth(pool, undefined, cookieCache)
  const cookies: string[] = []
  for (let index = 0; index < SESSIONS; index++) cookies.push((await real.signUp()).cookies)
  const [first = ''] = cookies
  const auth = createDualAuth({
    ...(remember !== undefined && { remember }),
    verifiers: [betterAuth({ name: 'better-auth', secrets: [real.secret], sessions: sqlSessions(query), ...options })],
  })
  const ours: Contender = (fields) => {
    const requests = fields.map((field) => requestWith('Cookie', field))
    return (index) => mustAccept(auth, requests[index]!)
  }
  const peer = getSession(real)
  await assertJudges('ours', ours, first, forged(first))
  await assertJudges(peerName, peer, first, forged(first))
  const turns = { ours: eachTimed(SESSIONS, await ours(cookies)), peer: eachTimed(SESSIONS, await peer(cookies)) }
  const series = await takeTurns(turns, { rounds, operations: SESSIONS })
  return { what, unit: 'µs, p50', peerName, series, target: { figure: 'peer / ours', atLeast } }
}

function getSession(real: RealBetterAuth): Contender {
  return (cookies) => async (index) => {
    if ((await real.getSession(cookies[index]!)) === null) throw new Error('no session')
  }
}

/** The session cookie with another signature; without a cookie cache, which would still hold. */
function forged(cookies: string): string {
  const [session = ''] = cookies.split('; ').filter((cookie) => cookie.includes('session_token'))
  const [name, value = ''] = session.split('=')
  const [token = '', signature = ''] = decodeURIComponent(value).split('.')
  const swapped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
  return `${name}=${encodeURIComponent(`${token}.${swapped}`)}`
}
