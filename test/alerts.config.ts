// The long run of packages/metrics, on the sources: `npm run test:alerts`.
import { defineConfig } from 'vitest/config'
import all from '../vitest.config.js'

const { projects = [] } = all.test ?? {}
const metrics = projects.find((one) => typeof one === 'object' && 'test' in one && one.test?.name === 'metrics')

export default defineConfig({
  ...(metrics as object),
  test: {
    name: 'alerts',
    root: new URL('../packages/metrics', import.meta.url).pathname,
    include: ['test/real/*.run.ts'],
    hookTimeout: 60_000,
  },
})
