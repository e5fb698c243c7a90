import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { CONSUMER } from './consumer.js'

/** The modules that only one verifier may bring along. */
const MODULES: Record<string, RegExp> = {
  legacyJwt: /\/verifiers\/legacy\//,
  betterAuth:
    /\/verifiers\/better-auth\/(sessions|cookie-cache)\/(better-auth|options|read-cache|touch|.*-sessions)\.ts/,
  betterAuthApiKeys: /\/verifiers\/better-auth\/api-keys\//,
  workos: /\/verifiers\/workos\/access-token\/(workos|access-token)\.ts/,
  workosSession: /\/verifiers\/workos\/session\/(session|seal|judge-session)\.ts/,
  workosApiKeys: /\/verifiers\/workos\/api-keys\//,
  workosConnect: /\/verifiers\/workos\/connect\/connect\.ts/,
  workosM2m: /\/verifiers\/workos\/connect\/m2m\.ts/,
  workosRefresh: /\/verifiers\/workos\/refresh\/(refresh|renew|lineage|share|authenticate)\.ts/,
  apiKeys: /\/verifiers\/api-keys\/api-key(s|-form|-store)\.ts/,
  oidc: /\/verifiers\/oidc\//,
  introspection: /\/verifiers\/introspection\//,
  remote: /\/verifiers\/remote\//,
}

/** What an application bundler makes of `createDualAuth` and the given verifiers on Workers. */
async function bundle(names: readonly string[]) {
  const result = await build({
    stdin: {
      contents: `export { ${['createDualAuth', ...names].join(', ')} } from '@dualauth/core'`,
      resolveDir: CONSUMER,
    },
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
  const code = result.outputFiles.find((file) => file.path.endsWith('.js'))!
  const map = JSON.parse(result.outputFiles.find((file) => file.path.endsWith('.map'))!.text) as SourceMap
  const imports = Object.values(result.metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  return { gzipped: gzipSync(code.contents, { level: 9 }).length, modules: mappedSources(map), imports }
}

interface SourceMap {
  readonly sources: readonly string[]
  readonly mappings: string
}

/** The sources of which some code is in the bundle; `sources` alone also lists what was dropped. */
function mappedSources({ sources, mappings }: SourceMap): string[] {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const used = new Set<string>()
  let source = 0
  for (const segment of mappings.split(/[,;]/)) {
    const fields: number[] = []
    let value = 0
    let shift = 0
    for (const digit of segment) {
      const bits = digits.indexOf(digit)
      value += (bits & 31) << shift
      shift += 5
      if (bits & 32) continue
      fields.push(value & 1 ? -(value >> 1) : value >> 1)
      value = shift = 0
    }
    if (fields.length < 4) continue
    source += fields[1]!
    used.add(sources[source]!)
  }
  return [...used].toSorted()
}

describe('an application that uses one verifier', () => {
  it.each(Object.keys(MODULES))('%s: no other verifier', async (name) => {
    const { gzipped, modules, imports } = await bundle([name])
    console.info(`bundle of ${name}: ${(gzipped / 1024).toFixed(1)} KB`)
    for (const [owner, pattern] of Object.entries(MODULES)) {
      const found = modules.filter((module) => pattern.test(module))
      if (owner === name) expect(found).not.toEqual([])
      else expect(found).toEqual([])
    }
    expect(imports).toEqual([])
  })

  it('legacyJwt fetches no keys where nobody says where', async () => {
    const fetching = /\/(keys\/key-set\/(key-set|held-keys|refresher)|outbound\/fetch-json)\.ts/
    expect((await bundle(['legacyJwt'])).modules.filter((module) => fetching.test(module))).toEqual([])
    expect((await bundle(['legacyJwt', 'keySetAt'])).modules.some((module) => fetching.test(module))).toBe(true)
  })

  it('the check sees a second verifier', async () => {
    const { modules } = await bundle(['legacyJwt', 'workos'])
    for (const name of ['legacyJwt', 'workos']) expect(modules.some((module) => MODULES[name]!.test(module))).toBe(true)
  })
})
