import { readdirSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

// Every verifier is an entry of its own, so that with code splitting it lands in a file of its own
// and an application's bundler drops the ones that are not imported ("sideEffects": false).
const verifiers = Object.fromEntries(
  readdirSync('src/verify')
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [`verify/${name.slice(0, -3)}`, `src/verify/${name}`]),
)

const shared: Options = {
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  clean: false,
  treeshake: false,
  // Chosen at run time by the "imports" map of package.json.
  external: ['#crypto'],
  dts: {
    entry: { index: 'src/index.ts', adapter: 'src/adapter.ts' },
    // tsup resolves paths from this folder, not from the tsconfig that names them.
    compilerOptions: { paths: { '#crypto': ['./src/keys/crypto.node.ts'] } },
  },
}

const entry = {
  index: 'src/index.ts',
  adapter: 'src/adapter.ts',
  'crypto.node': 'src/keys/crypto.node.ts',
  'crypto.web': 'src/keys/crypto.web.ts',
}

export default defineConfig([
  {
    ...shared,
    format: 'esm',
    entry: { ...entry, ...verifiers },
    splitting: true,
    // Its many files cost 30 ms to load; bundled they cost 1 ms.
    noExternal: [/^zod($|\/)/],
  },
  {
    ...shared,
    format: 'cjs',
    entry,
    // jose is ESM only: requiring it breaks Jest and older Node.
    noExternal: [/^zod($|\/)/, 'jose'],
  },
])
