import { defineConfig } from 'vitest/config'

// On the built packages, as an application has them: the processes that are killed load nothing else.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    disableConsoleIntercept: true,
  },
})
