import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Framework, FromServer, Setup, ToServer } from './protocol.js'

export interface RunningServer {
  readonly name: string
  readonly port: number
  cpuMicros(): Promise<number>
  /** After a collection of garbage. */
  heapBytes(): Promise<number>
  stop(): Promise<void>
}

export async function startServer(framework: Framework, name: string, setup: Setup): Promise<RunningServer> {
  const child = fork(fileURLToPath(new URL('./servers/server.js', import.meta.url)), [], {
    env: { ...process.env, NODE_ENV: 'production' },
    execArgv: ['--expose-gc'],
  })
  const exited = once(child, 'exit')
  const died = exited.then(() => {
    throw new Error(`the server of ${framework} (${name}) ended by itself`)
  })
  died.catch(() => {})

  async function ask<T extends FromServer['type']>(message: ToServer): Promise<Extract<FromServer, { type: T }>> {
    const reply = once(child, 'message')
    child.send(message)
    const [answer] = (await Promise.race([reply, died])) as [FromServer]
    return answer as Extract<FromServer, { type: T }>
  }

  const { port } = await ask<'listening'>({ type: 'start', framework, name, setup })
  return {
    name,
    port,
    cpuMicros: async () => (await ask<'usage'>({ type: 'usage' })).cpuMicros,
    heapBytes: async () => (await ask<'heap'>({ type: 'heap' })).bytes,
    stop: async () => {
      child.disconnect()
      await exited
    },
  }
}
