import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', 'better-auth': 'src/better-auth/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})
