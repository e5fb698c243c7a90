// One contender in a process of its own, so that the load generator does not share its thread and
// `process.cpuUsage()` counts this server alone, its thread pool included.
import { contenders as express } from './apps/express.js'
import { contenders as fastify } from './apps/fastify.js'
import { contenders as hono } from './apps/hono.js'
import type { FromServer, ToServer } from './contender.js'

const apps = { express, hono, fastify }

function answer(message: FromServer): void {
  process.send?.(message)
}

async function start({ framework, role, setup }: Extract<ToServer, { type: 'start' }>): Promise<void> {
  answer({ type: 'listening', port: await apps[framework][role](setup) })
}

process.on('message', (message: ToServer) => {
  if (message.type === 'start') {
    void start(message)
    return
  }
  const { user, system } = process.cpuUsage()
  answer({ type: 'usage', cpuMicros: user + system })
})
process.on('disconnect', () => process.exit())
