import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// Workspace packages resolve to their sources, so unit tests need no build.
const sources = (platform: 'node' | 'web'): Array<{ find: RegExp; replacement: string }> => [
  { find: /^#crypto$/, replacement: at(`packages/core/src/crypto/${platform}.ts`) },
  { find: /^@dualauth\/core\/adapter$/, replacement: at('packages/core/src/adapter/index.ts') },
  { find: /^@dualauth\/fastify\/augment$/, replacement: at('packages/fastify/src/augment.ts') },
  {
    find: /^@dualauth\/(core|express|hono|fastify|testing|conformance)$/,
    replacement: `${at('packages')}/$1/src/index.ts`,
  },
]

const project = (
  name: string,
  folder: string = `packages/${name}`,
  platform: 'node' | 'web' = 'node',
): TestProjectConfiguration => ({
  resolve: { alias: sources(platform) },
  test: {
    name,
    root: at(folder),
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    sequence: { groupOrder: 0 },
  },
})

export default defineConfig({
  test: {
    passWithNoTests: true,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
    },
    projects: [
      project('core'),
      project('core-web', 'packages/core', 'web'),
      project('express'),
      project('hono'),
      project('fastify'),
      project('testing'),
      project('conformance'),
      project('demo', 'examples/demo'),
      project('sockets', 'examples/sockets'),
      project('matrix', 'examples/matrix'),
      project('bench', 'bench'),
      {
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
