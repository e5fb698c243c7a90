import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Framework, FromServer, Role, Setup, ToServer } from './contender.js'

export interface RunningServer {
  readonly role: Role
  readonly url: string
  cpuMicros(): Promise<number>
  stop(): Promise<void>
}

export async function startServer(framework: Framework, role: Role, setup: Setup): Promise<RunningServer> {
  const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const exited = once(child, 'exit')
  const died = exited.then(() => {
    throw new Error(`the server of ${framework} (${role}) ended by itself`)
  })
  died.catch(() => {})

  async function ask<T extends FromServer['type']>(message: ToServer): Promise<Extract<FromServer, { type: T }>> {
    const reply = once(child, 'message')
    child.send(message)
    const [answer] = (await Promise.race([reply, died])) as [FromServer]
    return answer as Extract<FromServer, { type: T }>
  }

  const { port } = await ask<'listening'>({ type: 'start', framework, role, setup })
  return {
    role,
    url: `http://127.0.0.1:${port}/me`,
    cpuMicros: async () => (await ask<'usage'>({ type: 'usage' })).cpuMicros,
    stop: async () => {
      child.disconnect()
      await exited
    },
  }
}
