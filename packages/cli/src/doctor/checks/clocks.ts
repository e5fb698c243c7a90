import type { Query } from '@dualauth/core'
import type { Context } from '../context.js'
import { ok, problem, type Finding } from '../finding.js'

/** The default tolerance of verifiers. */
const DEFAULT_TOLERANCE_SECONDS = 5

/** How far a clock is ahead of this machine's, and the uncertainty, both in milliseconds. */
interface Clock {
  readonly subject: string
  readonly aheadMs: number
  readonly doubtMs: number
  readonly toleranceSeconds: number
}

/** Compares the clocks of providers and the database with this machine's. */
export async function clocks(context: Context): Promise<readonly Finding[]> {
  const found = [...(await ofProviders(context)), ...(await ofDatabase(context)), ...(await ofRedis(context))]
  return found.map(({ subject, aheadMs, doubtMs, toleranceSeconds }) => {
    const seconds = Math.round(Math.abs(aheadMs) / 1_000)
    if (Math.abs(aheadMs) - doubtMs <= toleranceSeconds * 1_000)
      return ok('clock', subject, `Its clock agrees within ${toleranceSeconds} s.`)
    return problem(
      'clock_skew',
      subject,
      `Its clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the one of this machine; ${toleranceSeconds} s are tolerated.`,
      'Keep time by NTP on both (`timedatectl status`, `chronyc tracking`). `clockToleranceSeconds` (at most 300) hides it and lets ended tokens live longer.',
    )
  })
}

async function ofProviders({ examined, probe }: Context): Promise<readonly Clock[]> {
  const asked = (examined?.inspection.verifiers ?? []).flatMap(
    ({ name, keySets, metadata, hasOwnFetch, sessions, clockToleranceSeconds }) => {
      const urls = hasOwnFetch ? [] : [...keySets, ...metadata.slice(0, 1)]
      const all = sessions?.kind === 'http' ? [...urls, sessions.url] : urls
      return all.map((url) => ({ name, url, clockToleranceSeconds }))
    },
  )
  const answers = await Promise.all(asked.map(async (one) => ({ ...one, answer: await probe(one.url) })))
  return answers.flatMap(({ name, url, clockToleranceSeconds, answer }) =>
    answer.ok && answer.aheadMs !== null
      ? [
          {
            subject: `${name}: ${new URL(url).host}`,
            aheadMs: answer.aheadMs,
            doubtMs: answer.doubtMs,
            toleranceSeconds: clockToleranceSeconds || DEFAULT_TOLERANCE_SECONDS,
          },
        ]
      : [],
  )
}

async function ofDatabase({ database, now }: Context): Promise<readonly Clock[]> {
  if (database === null) return []
  const startedAt = now()
  const at = await timeOf(database)
  const doubtMs = (now() - startedAt) / 2
  return [
    {
      subject: 'PostgreSQL',
      aheadMs: at - startedAt - doubtMs,
      doubtMs,
      toleranceSeconds: DEFAULT_TOLERANCE_SECONDS,
    },
  ]
}

async function ofRedis({ redis, now }: Context): Promise<readonly Clock[]> {
  if (redis === null) return []
  const startedAt = now()
  const [seconds, microseconds] = (await redis('TIME')) as [string, string]
  const doubtMs = (now() - startedAt) / 2
  const at = Number(seconds) * 1_000 + Number(microseconds) / 1_000
  const toleranceSeconds = DEFAULT_TOLERANCE_SECONDS
  return [{ subject: 'Redis', aheadMs: at - startedAt - doubtMs, doubtMs, toleranceSeconds }]
}

async function timeOf(query: Query): Promise<number> {
  const [row] = await query(
    'select (extract(epoch from pg_catalog.clock_timestamp())::float8 * 1000::float8)::text as at',
    [],
  )
  return Number(row?.['at'])
}
