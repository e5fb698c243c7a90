import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  // As in core, and for the same reason: from its many files, zod costs more start-up time than all the rest.
  noExternal: [/^zod($|\/)/],
  target: 'node20',
  sourcemap: true,
  // Declarations are built against the built declarations of the other packages, not against their sources.
  dts: { compilerOptions: { paths: {} } },
})
