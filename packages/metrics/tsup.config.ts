import { defineConfig, type Options } from 'tsup'

const shared: Options = { target: 'es2022', sourcemap: true }

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', rules: 'src/rules/index.ts' },
    format: ['esm', 'cjs'],
    platform: 'neutral',
    // Declarations are built against core's built declarations, not its sources.
    dts: { compilerOptions: { paths: {} } },
  },
  { ...shared, entry: { bin: 'src/bin.ts' }, format: ['esm'], platform: 'node' },
])
