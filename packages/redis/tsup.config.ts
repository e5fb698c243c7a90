import { defineConfig, type Options } from 'tsup'

const output = (format: 'esm' | 'cjs'): Options => ({
  entry: { index: 'src/index.ts' },
  format,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})

export default defineConfig([output('esm'), output('cjs')])
