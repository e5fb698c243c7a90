import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startProgram, stopProgram } from './programs.js'

/** A Redis of its own, on loopback. */
export interface RedisServer {
  readonly url: string
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  /** Kills it. */
  stop(): Promise<void>
  /** Another one at the same address, with the data that was kept on disk. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface RedisOptions {
  /** Writes each command to disk before it is answered. Default: nothing is kept, so that a start begins empty. */
  readonly keepsData?: boolean
}

/** A Redis that can lose what it kept on disk. */
export interface KeepingRedisServer extends RedisServer {
  /** While it is stopped: deletes what is on disk. */
  wipe(): void
}

export async function startRedis(options?: { readonly keepsData?: false }): Promise<RedisServer>
export async function startRedis(options: { readonly keepsData: true }): Promise<KeepingRedisServer>
export async function startRedis({ keepsData = false }: RedisOptions = {}): Promise<KeepingRedisServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-redis-'))
  const persistence = keepsData ? ['yes', '--appendfsync', 'always'] : ['no']
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const start = () =>
    startProgram('redis-server', [...args, '--appendonly', ...persistence], /Ready to accept connections/)
  let child = await start()
  const wipe = () => rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true })
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: () => stopProgram(child),
    async start() {
      child = await start()
    },
    wipe,
    async close() {
      await stopProgram(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
