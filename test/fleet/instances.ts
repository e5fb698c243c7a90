import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Adoption } from './fleet.js'

/** One process of the API, at an address that it keeps. */
export interface Instance {
  readonly url: string
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly servesSince: number
  readonly adoptions: readonly Adoption[]
  kill(): Promise<void>
  /** Another process at the same address; resolves when it serves. */
  start(): Promise<void>
}

export async function startInstance(env: Readonly<Record<string, string>>): Promise<Instance> {
  const port = String(await freePort())
  const adoptions: Adoption[] = []
  let servesSince = 0
  async function start(): Promise<ChildProcess> {
    const path = fileURLToPath(new URL('redis-instance.mjs', import.meta.url))
    const child = fork(path, {
      env: { ...process.env, ...env, PORT: port },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`an instance ended with ${code}`)))
      child.on('message', (message: { url?: string } & Partial<Adoption>) => {
        if (message.url !== undefined) resolve()
        else adoptions.push(message as Adoption)
      })
    })
    servesSince = Date.now()
    return child
  }
  let child = await start()
  return {
    url: `http://127.0.0.1:${port}`,
    adoptions,
    get pid() {
      return child.pid as number
    },
    get servesSince() {
      return servesSince
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`an instance had ended before, with ${child.exitCode ?? child.signalCode}`)
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
    async start() {
      child = await start()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
