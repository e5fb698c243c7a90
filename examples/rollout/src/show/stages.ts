import { setTimeout as pause } from 'node:timers/promises'
import { envPolicy } from '@dualauth/core'
import { createClient, type Client } from './client.js'
import { NEW, OLD, PASSWORD, addressOf, type Person, type Show } from './steps.js'

const ROLLOUT = { unit: 'user', salt: 'spring', basisPoints: 0 } as const
const EVERYBODY = { ...ROLLOUT, basisPoints: 10_000 }

/** Who takes part. */
export interface Cast {
  readonly ada: Person
  readonly bob: Person
  /** Signs in once, and never calls before the end. */
  readonly carl: Person
  /** Signs in once, and calls when things are broken. */
  readonly eve: Person
  readonly crowd: readonly Person[]
}

/** Sixteen people, and four by name, with tokens of the old side. */
export async function gather({ person, note }: Show): Promise<Cast> {
  const [ada, bob] = [await person('ada'), await person('bob')]
  const [carl, eve] = [await person('carl'), await person('eve')]
  const crowd = await Promise.all(Array.from({ length: 16 }, (_, at) => person(`p${at}`)))
  note('off: Ada signs in', '200 a token of our own', await ada.signIn())
  note('off: Bob signs in', '200 a token of our own', await bob.signIn())
  await Promise.all([carl, eve, ...crowd].map((one) => one.signIn()))
  return { ada, bob, carl, eve, crowd }
}

/** What a team says that steers by two switches and restarts, instead of by a table. */
export async function readFlags({ note }: Show): Promise<void> {
  const flags = ['false,false', 'true,false', 'true,true', 'false,true'].map(async (both) => {
    const [dual, prefer] = both.split(',')
    const loaded = await envPolicy({ ENABLE_DUAL_AUTH: dual, PREFER_BETTER_AUTH: prefer }).load()
    return (loaded?.document as { stage?: string } | undefined)?.stage
  })
  note('the flags of old, as stages', 'off, dual, prefer-new, new-only', (await Promise.all(flags)).join(', '))
}

/** Forward for some, for half, back, and for all, while everybody keeps calling. */
export async function moveForward({ running, note, publish }: Show, { ada, bob, crowd }: Cast): Promise<void> {
  const { url, secondUrl, letters } = running
  const load = keepCalling(crowd)

  await publish({ stage: 'dual', rollout: { ...ROLLOUT, include: [bob.id] } }, 'Bob tries it')
  note('dual, for Bob: his token still counts', OLD, (await bob.me()).brief)
  note('Bob signs in again, with his old password', '200 a session of Better Auth', await bob.signIn())
  note('Bob, the same person by the new side', NEW, (await bob.me()).brief)
  note('Ada notices nothing', OLD, (await ada.me()).brief)
  note('the second service asks about her token', OLD, await ada.reports())
  note('and about his session', NEW, await bob.reports())

  await publish({ stage: 'dual', rollout: { ...ROLLOUT, basisPoints: 5_000 } }, 'half of the people')
  await Promise.all(crowd.map((one) => one.signIn()))
  const sides = await Promise.all(crowd.map(async (one) => (await one.me()).brief))
  const moved = sides.filter((brief) => brief === NEW).length
  const areBothAtWork = moved > 1 && moved < 15 && sides.every((brief) => brief.startsWith('200'))
  note('dual, 50 %: both sides are at work', 'true', String(areBothAtWork), `${moved} of 16 on the new side`)

  await publish({ stage: 'dual', rollout: ROLLOUT }, 'something looks wrong: back to 0 %')
  note('dual, 0 %: Bob signed in on the new side, and stays', NEW, (await bob.me()).brief)
  const still = await Promise.all(crowd.map(async (one) => (await one.me()).brief))
  note('and so does everybody else', sides.join(), still.join())

  const announcement = announcementOf(url)
  await publish({ stage: 'prefer-new', announcement, rollout: EVERYBODY }, 'all right: everybody')
  const told = (await ada.me()).headers
  note(
    'prefer-new: Ada is told when her token ends',
    '@1767225600, Thu, 31 Dec 2026 00:00:00 GMT',
    `${told.get('deprecation')}, ${told.get('sunset')}`,
  )
  note('Bob is not', 'null', String((await bob.me()).headers.get('deprecation')))
  const shown = (await (await fetch(`${url}/auth/migration`)).json()) as { stage: string; sunset: string }
  note('GET /auth/migration, for pages', 'prefer-new, 2026-12-31', `${shown.stage}, ${shown.sunset.slice(0, 10)}`)

  const email = addressOf('dora')
  const dora = createClient({ url, secondUrl, email, password: PASSWORD, isNew: true })
  note('Dora begins on the new side', '200 a session of Better Auth', await dora.signIn())
  note('and is somebody here', NEW, (await dora.me()).brief)
  const proof = await fetch(letters.get(email) ?? url, { redirect: 'manual' })
  note('she proves her address by the letter', '302', String(proof.status))

  const { isGood, answers } = await load.stop()
  note('everybody was answered 200 until here', 'true', String(isGood), `${answers} answers`)
}

/** Too early, back at once, and to the end. */
export async function finish({ running, note, publish }: Show, { ada, crowd }: Cast): Promise<void> {
  const announcement = announcementOf(running.url)
  const before = { stage: 'prefer-new', announcement, rollout: EVERYBODY } as const
  await publish({ stage: 'new-only', announcement }, 'the old side ends')
  note('new-only: Ada kept her old token', '401 legacy_retired', (await ada.me()).brief)
  const begun = performance.now()
  await publish(before, 'too early')
  const back = (await ada.me()).brief
  const tookMs = performance.now() - begun
  note('back: her token counts again', OLD, back)
  note('within a second', 'true', String(tookMs < 1000), `${tookMs.toFixed(0)} ms`)

  note('Ada signs in again', '200 a session of Better Auth', await ada.signIn())
  await Promise.all(crowd.map((one) => one.signIn()))
  const everybody = await Promise.all([ada, ...crowd].map(async (one) => (await one.me()).brief))
  note('so does everybody, by the new side', NEW, [...new Set(everybody)].join())

  await publish({ stage: 'new-only', announcement }, 'nobody signs in on the old side')
}

/** The last step: the keys of the old side are not even loaded. */
export async function retire({ running, note, publish }: Show, { ada, carl }: Cast): Promise<void> {
  await publish({ stage: 'retired', announcement: announcementOf(running.url) }, 'the old keys go')
  note('retired: Carl never came again', '401 legacy_retired', (await carl.me()).brief)
  note('and Ada notices nothing', NEW, (await ada.me()).brief)
}

function announcementOf(url: string) {
  return {
    deprecation: '2026-01-01T00:00:00Z',
    sunset: '2026-12-31T00:00:00Z',
    documentation: `${url}/move`,
    login: `${url}/login`,
  }
}

/** Each of them calls over and over with the credential of the moment. */
function keepCalling(clients: readonly Client[]): { stop(): Promise<{ isGood: boolean; answers: number }> } {
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
      return { isGood: wrong === 0 && answers > 100, answers }
    },
  }
}
