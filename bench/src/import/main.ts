// `npm run bench -- --import [people]`: people per second into Better Auth and WorkOS, out of the sources, and as a list of invites, and
// whether memory stays flat.
import { isFlat } from '../soak/soak.js'
import { intoBetterAuth, intoWorkos, measure, type Pass } from './import.js'
import { measureInvites, measureSources } from './sources.js'

const people = Number(process.argv[2] ?? 100_000)
const PACED = Math.max(1, Math.round(people / 100))
const RPS = 100

let isSteady = true
function show({ name, people: all, seconds, memory: { heap, rss } }: Pass): void {
  const flat = isFlat(heap)
  isSteady &&= flat
  const range = (values: readonly number[]) =>
    values.length === 0 ? '-' : `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} MiB`
  const rate = Math.round(all / seconds).toLocaleString('en-US')
  console.log(
    `  ${name.padEnd(13)} ${seconds.toFixed(1).padStart(7)} s ${rate.padStart(7)} people/s   heap ${range(heap)}${flat ? '' : ' NOT FLAT'}, RSS ${range(rss)}`,
  )
}

/** One of them alone: `npm run bench -- --import 100000 sources`. */
const only = process.argv[3]
const isWanted = (name: string): boolean => only === undefined || only === name
if (isWanted('better-auth')) {
  console.log(`Better Auth, PostgreSQL: ${people.toLocaleString('en-US')} people`)
  await measure(people, intoBetterAuth, show)
}
if (isWanted('workos')) {
  console.log(`WorkOS: ${people.toLocaleString('en-US')} people, no limit`)
  await measure(people, intoWorkos(), show)
  console.log(`WorkOS: ${PACED.toLocaleString('en-US')} people, ${RPS} requests a second`)
  await measure(PACED, intoWorkos(RPS), show)
}
if (isWanted('sources')) {
  console.log(`Sources: ${people.toLocaleString('en-US')} people read`)
  await measureSources(people, show)
}
if (isWanted('invites')) {
  console.log(`Invites: ${people.toLocaleString('en-US')} people listed`)
  await measureInvites(people, show)
}
process.exit(isSteady ? 0 : 1)
