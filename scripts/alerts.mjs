// Breaks two real instances until each alert fires, and mends them until each has cleared, on a real Prometheus and PostgreSQL:
// about a minute.
import { pnpm } from './pnpm.mjs'
import { node, step, tool } from './run.mjs'
import { installServers } from './servers.mjs'

await step('install', () => pnpm(['install', '--frozen-lockfile', '--reporter=append-only']))
await step('servers', installServers)
await step('alerts', () => node(tool('vitest'), ['run', '--config', 'test/alerts.config.ts']))
