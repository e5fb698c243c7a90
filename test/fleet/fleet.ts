import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

/** When an instance adopted a version; milliseconds since the epoch. */
export interface Adoption {
  readonly version: number
  readonly at: number
}

/** Several processes of one API. */
export interface Fleet {
  readonly urls: readonly string[]
  readonly adoptions: readonly Adoption[][]
  /** Versions that an instance refused. */
  readonly rejected: readonly number[]
  close(): Promise<void>
}

export async function startFleet(size: number, env: Record<string, string>): Promise<Fleet> {
  const rejected: number[] = []
  const started = await Promise.all(
    Array.from({ length: size }, async () => {
      const path = fileURLToPath(new URL('instance.mjs', import.meta.url))
      const child = fork(path, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      const adoptions: Adoption[] = []
      const url = await new Promise<string>((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`an instance ended with ${code}`)))
        child.on('message', (message: { url?: string; rejected?: number } & Partial<Adoption>) => {
          if (message.url !== undefined) resolve(message.url)
          if (message.rejected !== undefined) rejected.push(message.rejected)
          if (message.version !== undefined) adoptions.push(message as Adoption)
        })
      })
      return { child, url, adoptions }
    }),
  )
  return {
    urls: started.map(({ url }) => url),
    adoptions: started.map(({ adoptions }) => adoptions),
    rejected,
    close: async () => void (await Promise.all(started.map(({ child }) => ended(child)))),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const [code] = (await exited) as [number | null]
  if (code !== 0) throw new Error(`an instance ended with ${code}`)
}

/** A line to the database that can be cut, as networks are. */
export interface Line {
  readonly url: string
  cut(): void
  mend(): void
  close(): Promise<void>
}

export async function lineTo(databaseUrl: string): Promise<Line> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = createConnection(Number(target.port), target.hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {})
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(databaseUrl)
  url.port = String((server.address() as AddressInfo).port)
  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    cut() {
      isCut = true
      drop()
    },
    mend: () => void (isCut = false),
    async close() {
      drop()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
