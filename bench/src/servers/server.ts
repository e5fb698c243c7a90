// One contender in a process of its own, so that the load generator does not share its thread and
// `process.cpuUsage()` counts this server alone, its thread pool included.
import { expressServers } from './express.js'
import { fastifyServers } from './fastify.js'
import { honoServers } from './hono.js'
import type { FromServer, ToServer } from './protocol.js'

export const servers = { express: expressServers, fastify: fastifyServers, hono: honoServers }

async function answer(message: ToServer): Promise<FromServer> {
  switch (message.type) {
    case 'start': {
      const serve = servers[message.framework][message.name]
      if (serve === undefined) throw new Error(`${message.framework} has no ${message.name}`)
      return { type: 'listening', port: await serve(message.setup) }
    }
    case 'usage': {
      const { user, system } = process.cpuUsage()
      return { type: 'usage', cpuMicros: user + system }
    }
    case 'heap':
      globalThis.gc?.()
      return { type: 'heap', bytes: process.memoryUsage().heapUsed }
  }
}

process.on('message', (message: ToServer) => {
  void answer(message).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
