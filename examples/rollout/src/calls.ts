import { setTimeout as pause } from 'node:timers/promises'
import { createClient, type Client } from './client.js'
import type { Running } from './start.js'

/** One step, what it shows, and how it was answered. */
export interface Call {
  readonly shows: string
  readonly expected: string
  readonly seen: string
}

const PASSWORD = 'correct horse battery'
const OLD = '200 legacy'
const NEW = '200 better-auth'
/** In production instances need time to follow, so the default is 30 seconds. */
const SETTLE = { settleMs: 0 }

/** A move as an operator makes it, while sixteen people keep using the API. */
export async function makeCalls(running: Running): Promise<Call[]> {
  const { url, auth, policies, register } = running
  const calls: Call[] = []
  const note = (shows: string, expected: string, seen: string) => void calls.push({ shows, expected, seen })

  const person = async (name: string): Promise<Client & { readonly id: string }> => {
    const email = `${name}-${Date.now()}@example.com`
    return { id: await register(email, PASSWORD), ...createClient(url, email, PASSWORD) }
  }
  const publish = async (document: Parameters<typeof policies.write>[0]['document'], reason: string): Promise<void> => {
    const { version: expectedVersion = 0 } = (await policies.read()) ?? {}
    await auth.flush()
    const written = await policies.write({
      document: { ...SETTLE, ...document },
      expectedVersion,
      actor: 'ops',
      reason,
    })
    if (!written.ok) throw new Error(`the policy was not written: ${written.why}`)
    while ((await auth.migrationStatus()).version !== written.document.version) await pause(20)
  }

  const [ada, bob] = [await person('ada'), await person('bob')]
  const crowd = await Promise.all(Array.from({ length: 16 }, (_, at) => person(`p${at}`)))
  note('off: Ada signs in', '200 a token of our own', await ada.signIn())
  note('off: Bob signs in', '200 a token of our own', await bob.signIn())
  await Promise.all(crowd.map((one) => one.signIn()))
  const load = keepCalling(crowd)

  const rollout = { unit: 'user', salt: 'spring', basisPoints: 0 } as const
  await publish({ stage: 'dual', rollout: { ...rollout, include: [bob.id] } }, 'Bob tries it')
  note('dual, for Bob: his token still counts', OLD, (await bob.me()).brief)
  note('Bob signs in again', '200 a session of Better Auth', await bob.signIn())
  note('Bob, the same person by the new side', NEW, (await bob.me()).brief)
  note('Ada notices nothing', OLD, (await ada.me()).brief)

  await publish({ stage: 'dual', rollout: { ...rollout, basisPoints: 5_000 } }, 'half of the people')
  await Promise.all(crowd.map((one) => one.signIn()))
  const sides = await Promise.all(crowd.map(async (one) => (await one.me()).brief))
  const moved = sides.filter((brief) => brief === NEW).length
  note(
    'dual, 50 %: both sides are at work',
    'true',
    String(moved > 1 && moved < 15 && sides.every((brief) => brief.startsWith('200'))),
  )

  await publish({ stage: 'dual', rollout }, 'something looks wrong: back to 0 %')
  note('dual, 0 %: Bob signed in on the new side, and stays', NEW, (await bob.me()).brief)
  const still = await Promise.all(crowd.map(async (one) => (await one.me()).brief))
  note('and so does everybody else', sides.join(), still.join())

  const announcement = {
    deprecation: '2026-01-01T00:00:00Z',
    sunset: '2026-12-31T00:00:00Z',
    documentation: `${url}/move`,
    login: `${url}/login`,
  }
  await publish(
    { stage: 'prefer-new', announcement, rollout: { ...rollout, basisPoints: 10_000 } },
    'all right: everybody',
  )
  const told = (await ada.me()).headers
  note(
    'prefer-new: Ada is told when her token ends',
    '@1767225600, Thu, 31 Dec 2026 00:00:00 GMT',
    `${told.get('deprecation')}, ${told.get('sunset')}`,
  )
  const shown = (await (await fetch(`${url}/auth/migration`)).json()) as { stage: string; sunset: string }
  note('GET /auth/migration, for pages', 'prefer-new, 2026-12-31', `${shown.stage}, ${shown.sunset.slice(0, 10)}`)
  note('Bob is not', 'null', String((await bob.me()).headers.get('deprecation')))
  note('answers that were not 200 until here', '0 of many', await load.stop())

  await publish({ stage: 'new-only', announcement }, 'the old side ends')
  note('new-only: Ada kept her old token', '401 legacy_retired', (await ada.me()).brief)
  await publish({ stage: 'prefer-new', announcement, rollout: { ...rollout, basisPoints: 10_000 } }, 'too early')
  note('back at once: her token counts again', OLD, (await ada.me()).brief)
  note('Ada signs in again', '200 a session of Better Auth', await ada.signIn())
  note('Ada, by the new side', NEW, (await ada.me()).brief)
  return calls
}

/** Each of them calls over and over with what it holds. */
function keepCalling(clients: readonly Client[]): { stop(): Promise<string> } {
  let isOver = false
  let [answers, wrong] = [0, 0]
  const all = clients.map(async (client) => {
    while (!isOver) {
      const { brief } = await client.me()
      answers++
      if (!brief.startsWith('200')) wrong++
      await pause(20)
    }
  })
  return {
    async stop() {
      isOver = true
      await Promise.all(all)
      return `${wrong} of ${answers > 100 ? 'many' : answers}`
    },
  }
}
