import { defineConfig, type Options } from 'tsup'

const output = (format: 'esm' | 'cjs'): Options => ({
  entry: { index: 'src/index.ts' },
  format,
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // oauth4webapi is ESM only: what requires our CommonJS could not require it.
  noExternal: format === 'cjs' ? [/^oauth4webapi$/] : [],
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})

export default defineConfig([output('esm'), output('cjs')])
