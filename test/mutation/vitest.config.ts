// The tests that a mutant of one room meets: its own, and those that send whole requests.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const room = process.env['MUTATION_ROOM'] ?? ''
const core = fileURLToPath(new URL('../../packages/core', import.meta.url))

/** Further tests that look at a room from outside, by room. */
const FURTHER: Readonly<Record<string, readonly string[]>> = {
  extract: ['http'],
  route: ['verifiers/legacy', 'verifiers/api-keys'],
  verify: ['verifiers/legacy', 'verifiers/oidc', 'verifiers/introspection'],
}

/** A first pass: the room's own tests that send no whole requests. Each mutant then loads less, and waits for no server. */
const isOwn = process.env['MUTATION_OWN'] === 'yes'
const SENDS_REQUESTS = /\b(?:outcome|authenticate|createDualAuth|createWorld)\(/

function ownTests(): string[] {
  const files = readdirSync(join(core, 'test', room), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `test/${room}/${file}`)
    .filter((file) => !SENDS_REQUESTS.test(readFileSync(join(core, file), 'utf8')))
}

function allTests(): string[] {
  const folders = [room, 'request', ...(FURTHER[room] ?? [])]
  return ['test/create-dual-auth.test.ts', ...folders.map((folder) => `test/${folder}/**/*.test.ts`)]
}

export default defineConfig({
  root: core,
  resolve: {
    alias: {
      '#crypto': `${core}/src/crypto/node.ts`,
      '@dualauth/testing': fileURLToPath(new URL('../../packages/testing/src/index.ts', import.meta.url)),
      '@dualauth/core': `${core}/src/index.ts`,
    },
  },
  test: {
    name: 'mutation',
    include: isOwn ? ownTests() : allTests(),
    // Long, and they name no line: fuzzing of everything at once, measuring of memory, whole providers.
    exclude: ['test/property/**', 'test/**/*-heap.test.ts', 'test/**/real-*.test.ts', 'test/**/discovery.test.ts'],
    globalSetup: [fileURLToPath(new URL('../servers/src/run.ts', import.meta.url))],
    testTimeout: 20_000,
    // Each mutant loads the core anew for every file otherwise; no test here leaves anything in a module.
    isolate: false,
  },
})
