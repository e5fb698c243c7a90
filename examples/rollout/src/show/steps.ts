import { setTimeout as pause } from 'node:timers/promises'
import type { Policies } from '@dualauth/postgres'
import { createClient, type Client } from './client.js'
import type { Running } from './start.js'

/** One step, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
  /** What was measured besides. */
  readonly measured?: string
}

/** Figures that a part of the show leaves behind. */
export interface Table {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

export interface Person extends Client {
  readonly id: string
  readonly email: string
}

/** What the parts of the show have in common. */
export interface Show {
  readonly running: Running
  readonly calls: Call[]
  readonly tables: Table[]
  note(shows: string, expected: string, seen: string, measured?: string): void
  /** Somebody of the old side. */
  person(name: string): Promise<Person>
  /** Writes a policy; resolves when the API goes by it. */
  publish(document: Parameters<Policies['write']>[0]['document'], reason: string): Promise<void>
}

export const PASSWORD = 'correct horse battery'
export const OLD = '200 legacy'
export const NEW = '200 better-auth'
/** In production instances need time to follow, so the default is 30 seconds. */
const SETTLE = { settleMs: 0 }

export function createShow(running: Running): Show {
  const { url, secondUrl, auth, policies, oldSide } = running
  const calls: Call[] = []
  return {
    running,
    calls,
    tables: [],
    note(shows, expected, seen, measured) {
      calls.push({ shows, expected, seen, ...(measured !== undefined && { measured }) })
    },
    async person(name) {
      const email = addressOf(name)
      const id = await oldSide.register(email, PASSWORD)
      return { id, email, ...createClient({ url, secondUrl, email, password: PASSWORD }) }
    },
    async publish(document, reason) {
      const { version: expectedVersion = 0 } = (await policies.read()) ?? {}
      await auth.flush()
      const written = await policies.write({
        document: { ...SETTLE, ...document },
        expectedVersion,
        actor: 'ops',
        reason,
      })
      if (!written.ok) throw new Error(`the policy was not written: ${written.why}`)
      while ((await auth.migrationStatus()).version !== written.document.version) await pause(5)
    },
  }
}

export function addressOf(name: string): string {
  return `${name}-${Date.now()}@example.com`
}

/** Looks again and again, for half a minute at most. @returns The last answer. */
export async function until<T>(look: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
  const end = performance.now() + 30_000
  for (;;) {
    const seen = await look()
    if (isEnough(seen) || performance.now() > end) return seen
    await pause(100)
  }
}
