import { defineConfig, type Options } from 'tsup'

const entry = { index: 'src/index.ts' }

const output = (format: 'esm' | 'cjs'): Options => ({
  entry,
  format,
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  // oauth4webapi is ESM only: what requires our CommonJS could not require it.
  noExternal: format === 'cjs' ? [/^oauth4webapi$/] : [],
})

export default defineConfig([
  output('esm'),
  output('cjs'),
  // Both formats from one pass, built against core's built declarations, not its sources.
  { entry, format: ['esm', 'cjs'], dts: { only: true, compilerOptions: { paths: {} } } },
])
