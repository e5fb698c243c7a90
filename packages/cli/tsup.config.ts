import { defineConfig, type Options } from 'tsup'

const shared: Options = { platform: 'node', target: 'node20', sourcemap: true }

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts' },
    format: ['esm', 'cjs'],
    // Declarations are built against the built declarations of the other packages, not against their sources.
    dts: { compilerOptions: { paths: {} } },
  },
  { ...shared, entry: { bin: 'src/bin.ts' }, format: ['esm'] },
])
