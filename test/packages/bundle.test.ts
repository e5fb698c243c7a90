import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { CONSUMER } from './consumer.js'

/** The modules that only one verifier may bring along. */
const MODULES: Record<string, RegExp> = {
  legacyJwt: /\/verifiers\/legacy\//,
  authJs: /\/verifiers\/auth-js\//,
  ironSession: /\/verifiers\/iron-session\//,
  betterAuth:
    /\/verifiers\/better-auth\/(cookie-cache|tokens|sessions\/(better-auth|options|signed-value|touch|.*-sessions))/,
  betterAuthApiKeys: /\/verifiers\/better-auth\/api-keys\//,
  workos: /\/verifiers\/workos\/access-token\/(workos|access-token)/,
  workosSession: /\/verifiers\/workos\/session\/(session\.|workos-kind)/,
  workosApiKeys: /\/verifiers\/workos\/api-keys\//,
  workosConnect: /\/verifiers\/workos\/connect\/connect\./,
  workosM2m: /\/verifiers\/workos\/connect\/m2m/,
  workosRefresh: /\/verifiers\/workos\/(refresh\/|session\/authenticate)/,
  apiKeys: /\/verifiers\/api-keys\/api-key(s|-form|-store)/,
  oidc: /\/verifiers\/oidc\/(oidc|options|open-keys|discovered-keys|access-token|id-token)\./,
  oidcSession: /\/verifiers\/oidc\/session\/oidc-(session|kind)\./,
  oidcRefresh: /\/verifiers\/oidc\/session\/(oidc-refresh|token-)/,
  introspection: /\/verifiers\/introspection\//,
  remote: /\/verifiers\/remote\//,
  expressSession: /\/verifiers\/express-session\/(express-session|options|read-session|signed-id)\./,
  sessions: /\/verifiers\/sessions\/(sessions|options|presented-key)\./,
}

const OURS = /\/core\/src\//

interface Bundle {
  /** Compressed, with the libraries. */
  readonly total: number
  /** Of our own code, compressed. */
  readonly own: number
  /** The sources of which some code is in the bundle. */
  readonly modules: readonly string[]
  /** What is left to be resolved at run time. */
  readonly imports: readonly string[]
}

/** What an application bundler makes of a module on Workers. */
async function bundleOf(contents: string) {
  const result = await build({
    stdin: { contents, resolveDir: CONSUMER },
    bundle: true,
    minify: true,
    write: false,
    outfile: 'bundle.js',
    sourcemap: 'external',
    sourcesContent: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'silent',
    // Not the repository's own, whose paths lead to the sources.
    tsconfigRaw: {},
  })
  return {
    code: result.outputFiles.find((file) => file.path.endsWith('.js'))!.text,
    map: JSON.parse(result.outputFiles.find((file) => file.path.endsWith('.map'))!.text) as SourceMap,
    imports: Object.values(result.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path)),
    inputs: Object.keys(result.metafile.inputs),
  }
}

/** What it makes of `createDualAuth` and the given verifiers. */
async function bundle(names: readonly string[]): Promise<Bundle> {
  const contents = `export { ${['createDualAuth', ...names].join(', ')} } from '@dualauth/core'`
  const { code, map, imports } = await bundleOf(contents)
  const bySource = codeBySource(code, map)
  return {
    total: compressed(code),
    own: compressed([...bySource].flatMap(([source, text]) => (OURS.test(source) ? [text] : [])).join('')),
    modules: [...bySource.keys()].toSorted(),
    imports,
  }
}

function compressed(text: string): number {
  return gzipSync(text, { level: 9 }).length
}

interface SourceMap {
  readonly sources: readonly string[]
  readonly mappings: string
}

/** The code that each source left in the bundle; `sources` alone also lists what was dropped. */
function codeBySource(code: string, { sources, mappings }: SourceMap): Map<string, string> {
  const lines = code.split('\n')
  const bySource = new Map<string, string>()
  let source = 0
  mappings.split(';').forEach((line, row) => {
    let column = 0
    const starts = line.split(',').flatMap((segment) => {
      const [columns = 0, sourceStep] = numbersOf(segment)
      column += columns
      source += sourceStep ?? 0
      return sourceStep === undefined ? [] : [{ column, source: sources[source]! }]
    })
    starts.forEach((start, index) => {
      const text = lines[row]!.slice(start.column, starts[index + 1]?.column)
      bySource.set(start.source, (bySource.get(start.source) ?? '') + text)
    })
  })
  return bySource
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Variable-length quantities of base64 digits, as source maps have them. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = []
  let [value, shift] = [0, 0]
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit)
    value += (bits & 31) << shift
    shift += 5
    if (bits & 32) continue
    numbers.push(value & 1 ? -(value >> 1) : value >> 1)
    ;[value, shift] = [0, 0]
  }
  return numbers
}

function report(names: readonly string[], { own, total }: Bundle): void {
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`
  console.info(`bundle of ${names.join(', ')}: our own code ${kilobytes(own)}, total ${kilobytes(total)}, compressed`)
}

describe('docs/decisions.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/decisions.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (\S.*?) +\| ([\d.]+) KB +\| ([\d.]+) KB +\|$/gm)]
  const SIZES = rows.map(([, what = '', own, total]) => ({ what, own: Number(own), total: Number(total) }))

  it('says how large some verifiers are', () => expect(SIZES.length).toBeGreaterThan(5))

  it.each(SIZES)('says how large this is: $what', async ({ what, ...said }) => {
    const named = [...what.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    const made = await bundle(named.length === 0 ? Object.keys(MODULES) : named)
    for (const size of ['own', 'total'] as const) {
      const ratio = made[size] / 1024 / said[size]
      expect(ratio > 0.9 && ratio < 1.1, `${size}: ${(made[size] / 1024).toFixed(1)} KB`).toBe(true)
    }
  })
})

describe('an application that uses one verifier', () => {
  it.each(Object.keys(MODULES))('%s: bundles no other verifier', async (name) => {
    const made = await bundle([name])
    report([name], made)
    for (const [owner, pattern] of Object.entries(MODULES)) {
      const found = made.modules.filter((module) => pattern.test(module))
      if (owner === name) expect(found).not.toEqual([])
      else expect(found).toEqual([])
    }
    expect(made.imports).toEqual([])
  })

  it.each([
    [['legacyJwt', 'keySetAt']],
    [['workos', 'workosSession', 'workosRefresh']],
    [['oidc', 'oidcSession', 'oidcRefresh']],
    [Object.keys(MODULES)],
  ])('bundles with what it is given: %j', async (names) => {
    const made = await bundle(names)
    report(names, made)
    expect(made.own).toBeLessThan(made.total)
  })

  it('apiKeys brings no key sets along, and legacyJwt does: its `issuers` may name them at run time', async () => {
    const keySets = /\/keys\/key-set\/(key-set|held-keys|refresher)\.ts/
    expect((await bundle(['apiKeys'])).modules.filter((module) => keySets.test(module))).toEqual([])
    expect((await bundle(['legacyJwt'])).modules.some((module) => keySets.test(module))).toBe(true)
  })

  it.each(Object.keys(MODULES))('%s: brings sealed sessions along only where it keeps some', async (name) => {
    const { modules } = await bundle([name])
    const has = (file: RegExp) => modules.some((module) => file.test(module))
    expect(has(/\/verify\/sealed-session\/seal\./)).toBe(/^(?:workos|oidc|iron)Session$/.test(name))
    expect(has(/\/verify\/sealed-session\/judge-session\./)).toBe(/^(?:workos|oidc)Session$/.test(name))
    expect(has(/\/verify\/sealed-session\/renew\./)).toBe(name.endsWith('Refresh'))
  })

  it('the check sees a second verifier', async () => {
    const { modules } = await bundle(['legacyJwt', 'workos'])
    for (const name of ['legacyJwt', 'workos']) expect(modules.some((module) => MODULES[name]!.test(module))).toBe(true)
  })
})

describe('a page that uses the client', () => {
  // Each limit leaves a few bytes. Keeping a call with the person who made it took about 120, saying what a newcomer got wrong 350,
  // and React Native, where nothing of a browser can be taken for granted, about 130.
  it.each([
    [['createClient'], 3_900],
    [['createClient', 'memoryTokens'], 4_950],
  ])('loads little, and nothing else: %j', async (names, limit) => {
    const { code, imports, inputs } = await bundleOf(`export { ${names.join(', ')} } from '@dualauth/client'`)
    console.info(`bundle of ${names.join(', ')}: ${compressed(code)} bytes, compressed`)
    expect(compressed(code)).toBeLessThan(limit)
    expect(imports).toEqual([])
    expect(inputs.filter((path) => /node_modules/.test(path) && !/@dualauth[/+]client/.test(path))).toEqual([])
  })
})

describe('the zod inside core', () => {
  const folder = join(CONSUMER, 'node_modules/@dualauth/core')
  const files = readdirSync(join(folder, 'dist')).filter((file) => /^(chunk|index).*\.c?js$/.test(file))
  const code = files.map((file) => readFileSync(join(folder, 'dist', file), 'utf8')).join('\n')

  it('is the version that the manifest declares, so that audits see it', () => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    const inside = [...code.matchAll(/major: (\d+),\s+minor: (\d+),\s+patch: (\d+)/g)]
    expect(new Set(inside.map(([, ...version]) => version.join('.')))).toEqual(new Set([dependencies?.['zod']]))
  })

  it('is loaded from nowhere else', () => {
    expect(code).not.toMatch(/(?:from|require\()\s*['"]zod/)
  })
})

describe('the jose inside the CommonJS of core', () => {
  const folder = join(CONSUMER, 'node_modules/@dualauth/core')

  it.each(['dist/index.cjs.map', 'dist/web/index.cjs.map'])('is the version that the manifest declares: %s', (map) => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    const { sources } = JSON.parse(readFileSync(join(folder, map), 'utf8')) as SourceMap
    const inside = sources.flatMap((source) => /\/jose@([^/_(]+)[^/]*\/node_modules\/jose\//.exec(source)?.[1] ?? [])
    // A range would let an audit see another version than the one that runs.
    expect(new Set(inside)).toEqual(new Set([dependencies?.['jose']]))
  })
})

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}
