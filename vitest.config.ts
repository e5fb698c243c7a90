import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin, type TestProjectConfiguration } from 'vitest/config'
import { entriesOf, packages } from './scripts/packages.mjs'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Workspace packages resolve to their sources, so unit tests need no build.
const sources = (platform: 'node' | 'web'): Array<{ find: string; replacement: string }> => [
  { find: '#crypto', replacement: at(`packages/core/src/crypto/${platform}.ts`) },
  ...packages()
    .flatMap(entriesOf)
    // An alias also stands for what begins with it and a slash: the longer ones come first.
    .toSorted((a, b) => b.specifier.length - a.specifier.length)
    .map(({ specifier, source }) => ({ find: specifier, replacement: source })),
]

/** The folders that have tests of their own. */
const withTests = (parent: string): string[] =>
  readdirSync(at(parent)).filter((name) => existsSync(at(`${parent}/${name}/test`)))

/** The `.sql` files of @dualauth/postgres, as its own build takes them: as text. */
const sqlText: Plugin = {
  name: 'sql-text',
  enforce: 'pre',
  load: (id) => (id.endsWith('.sql') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null),
}

/** RSA keys of local issuers: some of this run serve for all tests. */
const rsaKeys: Plugin = {
  name: 'rsa-keys',
  enforce: 'pre',
  resolveId: (id) => (id === './rsa-key-pair.js' ? at('test/servers/src/key-pair.ts') : null),
}

const project = (
  name: string,
  folder: string = `packages/${name}`,
  platform: 'node' | 'web' = 'node',
  files: ProjectFiles = { include: ['test/**/*.test.ts'] },
): TestProjectConfiguration => ({
  plugins: [sqlText, rsaKeys],
  resolve: { alias: sources(platform) },
  test: {
    name,
    root: at(folder),
    // Several times what any needs on a machine with nothing else to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    sequence: { groupOrder: 0 },
    ...files,
  },
})

interface ProjectFiles {
  readonly include: string[]
  readonly exclude?: string[]
  readonly isolate?: boolean
}

/**
 * The files of a package share their modules, which keep no state: loading them anew for each file took three quarters of
 * the time. Each file named here has a process of its own, because it replaces globals, timers or modules, measures memory,
 * or starts a real Better Auth, which writes names of columns into its modules, or Auth.js, which remembers the kinds of
 * providers it once saw.
 */
const APART: Readonly<Record<string, readonly string[]>> = {
  core: [
    'test/verifiers/better-auth/{*-real,cookie-cache,http-sessions,instance-sessions,preserved-sessions,redis-sessions}.test.ts',
    'test/verifiers/auth-js/*-real.test.ts',
    'test/cache/{shared-judging,equivalence}.test.ts',
    'test/keys/key-set/key-set-workers.test.ts',
    'test/verifiers/oidc/discovery.test.ts',
    'test/verifiers/api-keys/api-key-form.test.ts',
    'test/async/{maybe-promise,coalesce}.test.ts',
    'test/outbound/fetch-json.test.ts',
    'test/**/*-heap.test.ts',
  ],
  passwords: ['test/better-auth/*-1.4.test.ts'],
  postgres: ['test/database/missing-driver.test.ts'],
}

/** These tests of core never reach its port of cryptography: what they say of Node holds for the Web. */
const WITHOUT_CRYPTO: readonly string[] = [
  // Of what a real Better Auth signs and hashes, its cookies, caches, tokens and API keys are read on the Web as well;
  // these ask where its sessions are.
  'test/verifiers/better-auth/{http,instance,preserved,redis}-sessions.test.ts',
  'test/verifiers/better-auth/{organizations,postgres,sessions,sources}-real.test.ts',
  'test/{access,async,events,outbound,settings,throttle}/**/*.test.ts',
  'test/migration/{evidence,looks,policy-source,retire-report}.test.ts',
  'test/**/*-heap.test.ts',
]

function shared(folder: string, platform: 'node' | 'web' = 'node', name: string = folder): TestProjectConfiguration[] {
  const apart = [...(APART[folder] ?? [])]
  const elsewhere = platform === 'node' ? [] : WITHOUT_CRYPTO
  const root = `packages/${folder}`
  const include = ['test/**/*.test.ts']
  const most = project(name, root, platform, { include, exclude: [...apart, ...elsewhere], isolate: false })
  const rest = project(`${name}-apart`, root, platform, { include: apart, exclude: [...elsewhere] })
  return apart.length === 0 ? [most] : [most, rest]
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    globalSetup: [at('test/servers/src/run.ts')],
    // By default one processor is left free: on two, that is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
    projects: [
      ...withTests('packages').flatMap((name) => shared(name)),
      ...shared('core', 'web', 'core-web'),
      ...withTests('examples').map((name) => project(name, `examples/${name}`)),
      ...withTests('examples/from').map((name) => project(`from-${name}`, `examples/from/${name}`)),
      project('bench', 'bench'),
      project('servers', 'test/servers'),
      {
        plugins: [sqlText, rsaKeys],
        resolve: { alias: sources('node') },
        test: {
          name: 'docs',
          root: at('test/docs'),
          include: ['*.test.ts'],
          globalSetup: [at('test/docs/snippets.ts')],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'packages',
          root: at('test/packages'),
          include: ['*.test.ts'],
          globalSetup: [at('test/packages/consumer.ts')],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // After the unit tests, which have timeouts to keep.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
