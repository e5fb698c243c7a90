import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  // Workers have no disk: the files of sql/ travel as text. `neutral` leaves `import('pg')` as it stands.
  platform: 'neutral',
  loader: { '.sql': 'text' },
  target: 'es2022',
  sourcemap: true,
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})
