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
    .filter((initializer) => initializer !== undefined && ts.isCallExpression(initializer))
  // From the end, so that positions stay true.
  return calls.reduceRight((rest, call) => {
    const [from, to] = [call.getStart(), call.end]
    return `${rest.slice(0, from)}/* @__PURE__ */ (() => ${rest.slice(from, to)})()${rest.slice(to)}`
  }, text)
}

const shared: Options = {
  entry: {
    index: 'src/index.ts',
    adapter: 'src/adapter/index.ts',
    'crypto.node': 'src/crypto/node.ts',
    'crypto.web': 'src/crypto/web.ts',
  },
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // Chosen at run time by the "imports" map of package.json.
  external: ['#crypto'],
  esbuildPlugins: [pureConstants],
  dts: {
    entry: { index: 'src/index.ts', adapter: 'src/adapter/index.ts' },
    // tsup resolves paths from this folder, not from the tsconfig that names them.
    compilerOptions: { paths: { '#crypto': ['./src/crypto/node.ts'] } },
  },
}

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    splitting: true,
    // A declared dependency whose mini build is inlined: its many files take 58 ms of CPU time to load, this 2.
    noExternal: [/^zod($|\/)/],
  },
  {
    ...shared,
    format: 'cjs',
    noExternal: [/^zod($|\/)/],
  },
])
