import type { Query } from '@dualauth/core'
import { isFolder, withDatabase } from '../database.js'
import { CliError } from '../exit.js'
import { memberOf } from '../read/auth-module.js'
import type { Session } from '../session.js'
import { problem, type Finding } from './finding.js'
import { openRedis, type OpenRedis, type Send } from './redis.js'

/** What the doctor itself could connect to, and what it could not. */
export interface Stores {
  readonly database: Query | null
  readonly redis: Send | null
  readonly findings: readonly Finding[]
  /** What was not checked, and what to give to have it checked. */
  readonly skipped: readonly string[]
}

/**
 * Opens `DATABASE_URL` and `REDIS_URL` for reading. One that cannot be reached becomes a finding, and the other checks
 * go on.
 */
export async function withStores<T>(session: Session, work: (stores: Stores) => Promise<T>): Promise<T> {
  const { redis, findings, skipped } = await redisOf(session.terminal.env['REDIS_URL'])
  try {
    const url = session.database ?? ''
    if (url === '' || isFolder(url)) {
      const why = url === '' ? 'set DATABASE_URL' : 'DATABASE_URL names a folder, which the application has open'
      return await work({
        database: null,
        redis: redis?.send ?? null,
        findings,
        skipped: [`tables (${why})`, ...skipped],
      })
    }
    let isOpen = false
    return await withDatabase(session, async ({ query }) => {
      isOpen = true
      return work({ database: query, redis: redis?.send ?? null, findings, skipped })
    }).catch(async (error: unknown) => {
      if (isOpen || !(error instanceof CliError)) throw error
      const unreachable = problem(
        'database_unreachable',
        'DATABASE_URL',
        error.message,
        'Correct `DATABASE_URL`, or let this machine reach the server.',
      )
      return work({ database: null, redis: redis?.send ?? null, findings: [unreachable, ...findings], skipped })
    })
  } finally {
    redis?.close()
  }
}

async function redisOf(
  url: string | undefined,
): Promise<Pick<Stores, 'findings' | 'skipped'> & { readonly redis: OpenRedis | null }> {
  if (url === undefined || url === '') return { redis: null, findings: [], skipped: ['keys in Redis (set REDIS_URL)'] }
  try {
    const redis = await openRedis(url)
    const skipped = redis === null ? ['keys in Redis (install the package redis)'] : []
    return { redis, findings: [], skipped }
  } catch (error) {
    // The error's message may repeat the URL.
    const code = String(memberOf(error, 'code') ?? 'refused')
    const words = /^\w{2,40}$/.test(code) ? code : 'refused'
    const mend = 'Correct `REDIS_URL`, or let this machine reach the server.'
    return {
      redis: null,
      findings: [problem('redis_unreachable', 'REDIS_URL', `Redis cannot be reached (${words}).`, mend)],
      skipped: [],
    }
  }
}
