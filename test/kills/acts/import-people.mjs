// Whom the acts of imports bring in, and how a process that will be killed goes about it.
import { randomBytes, scryptSync } from 'node:crypto'
import { equal } from 'node:assert/strict'

export const LEASE_MS = 1_000
export const PASSWORD = 'correct horse battery'
const ORGANIZATIONS = 20

/** One hash for everybody, as Better Auth writes them. */
export function hashOf(password) {
  const salt = randomBytes(16).toString('hex')
  const key = scryptSync(password, salt, 64, { N: 16384, r: 16, p: 1, maxmem: 2 ** 26 })
  return `${salt}:${key.toString('hex')}`
}

/** Every second person belongs to an organization. */
export function directoryOf(people, passwordHash) {
  const idOf = (at) => `p-${String(at).padStart(5, '0')}`
  return {
    name: 'numbers',
    async *organizations() {
      for (let at = 0; at < ORGANIZATIONS; at++) yield { id: `o-${at}`, name: `Organization ${at}` }
    },
    async *people() {
      for (let at = 0; at < people; at++)
        yield { id: idOf(at), email: `p${at}@example.com`, emailVerified: at % 3 === 0, passwordHash }
    },
    async *memberships() {
      for (let at = 0; at < people; at += 2)
        yield { person: idOf(at), organization: `o-${at % ORGANIZATIONS}`, roles: ['member'] }
    },
  }
}

/** Imports again and again, two at once; what a lost connection ends is begun anew. */
export async function goOn(importOnce) {
  const worker = async () => {
    for (;;) {
      await importOnce().catch(ignoreLostConnection)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all([worker(), worker()])
}

function ignoreLostConnection(error) {
  for (let at = error; at !== undefined && at !== null; at = at.cause)
    if (/^(57P|08|ECONN)/.test(at.code ?? '') || /terminated|not queryable/i.test(at.message ?? '')) return
  throw error
}

/** The last process ends the work, and one more finds nothing to do. */
export async function finish(importOf, people) {
  // What the killed ones held is free when their leases end.
  await new Promise((resolve) => setTimeout(resolve, LEASE_MS))
  const { counts } = await importOf().run()
  equal(counts.person.created + counts.person.unchanged, people, 'somebody is lost')
}
