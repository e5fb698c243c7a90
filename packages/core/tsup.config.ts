import { readFileSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'
import ts from 'typescript'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

// A schema at the top of a module is a call, which a bundler must keep, and with it the verifier
// around it. Wrapped and marked, `const schema = object(…)` goes when nobody uses it.
const pureConstants: Plugin = {
  name: 'pure-constants',
  setup(build) {
    build.onLoad({ filter: /[\\/]core[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      return { loader: 'ts', contents: markConstants(readFileSync(path, 'utf8')) }
    })
  },
}

function markConstants(text: string): string {
  const source = ts.createSourceFile('module.ts', text, ts.ScriptTarget.Latest, true)
  const calls = source.statements
    .filter((statement) => ts.isVariableStatement(statement))
    .flatMap(({ declarationList }) => declarationList.declarations.map(({ initializer }) => initializer))
    .filter((initializer) => initializer !== undefined)
    // A member that is read at the top, as of a call, is kept no less.
    .filter((initializer) => ts.isCallExpression(initializer) || ts.isPropertyAccessExpression(initializer))
  // From the end, so that positions stay true.
  return calls.reduceRight((rest, call) => {
    const [from, to] = [call.getStart(), call.end]
    return `${rest.slice(0, from)}/* @__PURE__ */ (() => ${rest.slice(from, to)})()${rest.slice(to)}`
  }, text)
}

type Platform = 'node' | 'web'

/** What applications import. */
const PUBLIC = { index: 'src/index.ts', adapter: 'src/adapter/index.ts' }
/** For our other packages: its declarations name zod, so they share no file with those of the others. */
const SETTINGS = { settings: 'src/settings/index.ts' }

// tsup resolves paths from this folder, not from the tsconfig that names them.
const TYPES = { paths: { '#crypto': ['./src/crypto/node.ts'] } }

/** One output holds one port of the cryptography; the "exports" map of package.json chooses between the outputs. */
const output = (platform: Platform, format: 'esm' | 'cjs'): Options => ({
  entry: { ...PUBLIC, ...SETTINGS },
  outDir: platform === 'node' ? 'dist' : 'dist/web',
  format,
  splitting: format === 'esm',
  platform: 'neutral',
  target: 'es2022',
  // Its "paths" say which port `#crypto` is.
  tsconfig: platform === 'node' ? 'tsconfig.json' : 'tsconfig.web.json',
  // As a module of its own, zod's many files cost 45 of the 104 ms of CPU time that loading core then
  // takes (median, Node 20). It is a declared dependency all the same, so that audits see it.
  // jose is ESM only: what requires our CommonJS could not require it.
  noExternal: format === 'esm' ? [/^zod($|\/)/] : [/^(?:zod|jose)($|\/)/],
  sourcemap: true,
  esbuildPlugins: [pureConstants],
  esbuildOptions: (options) => {
    // The sources stand in the maps of the other output.
    options.sourcesContent = platform === 'node'
  },
})

const PLATFORMS: readonly Platform[] = ['node', 'web']

// Both ports have the types of port.ts, so that one set of declarations serves both. It takes longer than all
// the rest: both formats come from one pass.
const types = (entry: Record<string, string>): Options => ({
  entry,
  format: ['esm', 'cjs'],
  dts: { only: true, compilerOptions: TYPES },
})

export default defineConfig([
  ...PLATFORMS.flatMap((platform) => [output(platform, 'esm'), output(platform, 'cjs')]),
  types(PUBLIC),
  types(SETTINGS),
])
