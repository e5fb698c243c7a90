import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  // Workers have no disk: the files of sql/ travel as text. `neutral` leaves `import('pg')` as it stands.
  platform: 'neutral',
  loader: { '.sql': 'text' },
  // As in core, and for the same reason: from its many files, zod costs more start-up time than all the rest.
  noExternal: [/^zod($|\/)/],
  target: 'es2022',
  sourcemap: true,
  // Declarations are built against core's built declarations, not its sources.
  dts: { compilerOptions: { paths: {} } },
})
