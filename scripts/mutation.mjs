// Mutation tests of the rooms that decide: `npm run test:mutation`, or of some of them:
// `npm run test:mutation -- access extract`. Each room is run against its own tests and those that send
// whole requests. Results are kept in the ignored .cache folder, so that a second run judges only what
// changed; `--force` judges everything. `--own` runs those of a room's own tests that send no whole requests:
// fast, and never better than the whole score; a run without it then judges what they let live. Survivors are
// listed with `--survivors`.
import { availableParallelism } from 'node:os'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pnpm, root } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'

const ROOMS = ['extract', 'route', 'verify', 'cache', 'access']
/** Percent; less of one room fails the run. */
const GOAL = 85

const args = process.argv.slice(2)
const chosen = args.filter((arg) => !arg.startsWith('--'))
for (const room of chosen)
  if (!ROOMS.includes(room)) throw new Error(`There is no room "${room}" among ${ROOMS.join(', ')}.`)

const cache = join(root, '.cache/mutation')
mkdirSync(cache, { recursive: true })

/** Stryker's settings for one room; paths are from the root. */
function settings(room) {
  return {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    mutate: [`packages/core/src/${room}/**/*.ts`],
    coverageAnalysis: 'perTest',
    ignoreStatic: true,
    incremental: true,
    incrementalFile: `.cache/mutation/${room}.incremental.json`,
    force: args.includes('--force'),
    concurrency: Math.max(1, Math.min(4, availableParallelism() - 1)),
    // On a busy machine a slow test must not look like a killed mutant.
    timeoutMS: 60_000,
    timeoutFactor: 4,
    reporters: ['json', process.stdout.isTTY ? 'progress' : 'progress-append-only'],
    jsonReporter: { fileName: `.cache/mutation/${room}.json` },
    tempDirName: '.cache/mutation/sandbox',
    ignorePatterns: ['/.cache', '/docs', '/bench', '/examples', 'dist', 'coverage'],
    // Nothing here is mutated that a type checker would have to see.
    checkers: [],
    logLevel: 'warn',
  }
}

/** @returns {{ killed: number, timeouts: number, survived: object[], total: number }} */
function resultOf(room) {
  const { files } = JSON.parse(readFileSync(join(cache, `${room}.json`), 'utf8'))
  const mutants = Object.entries(files).flatMap(([file, { mutants: own }]) =>
    own.map((mutant) => ({ file, ...mutant })),
  )
  const judged = mutants.filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status))
  const survived = judged.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const timeouts = judged.filter(({ status }) => status === 'Timeout').length
  return { killed: judged.length - survived.length - timeouts, timeouts, survived, total: judged.length }
}

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))

const rows = {}
for (const room of chosen.length > 0 ? chosen : ROOMS) {
  await step(room, async () => {
    const file = join(cache, `${room}.config.json`)
    writeFileSync(file, JSON.stringify(settings(room)))
    rmSync(join(cache, `${room}.json`), { force: true })
    const status = await node(tool('@stryker-mutator/core', 'stryker'), ['run', file], {
      env: { ...process.env, MUTATION_ROOM: room, MUTATION_OWN: args.includes('--own') ? 'yes' : '' },
    })
    if (status) return status
    const { killed, timeouts, survived, total } = resultOf(room)
    const score = Number(((100 * (killed + timeouts)) / total).toFixed(1))
    rows[room] = { mutants: total, killed, timeouts, survived: survived.length, score }
    if (args.includes('--survivors'))
      for (const { file: path, location, mutatorName, replacement = '', status: how } of survived)
        console.log(`${path}:${location.start.line}:${location.start.column} ${how} ${mutatorName} → ${replacement}`)
    return 0
  })
}

console.log('')
console.table(rows)
const low = Object.entries(rows).filter(([, { score }]) => score < GOAL)
if (low.length > 0) {
  console.error(`Below ${GOAL} %: ${low.map(([room]) => room).join(', ')}`)
  process.exit(1)
}
