import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})
