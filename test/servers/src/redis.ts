import { freePort, startProgram, stopProgram } from './programs.js'

/** A Redis of its own, on loopback, that keeps nothing. */
export interface RedisServer {
  readonly url: string
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  /** Ends it at once, with all that it knew. */
  stop(): Promise<void>
  /** Another one at the same address, which knows nothing. */
  start(): Promise<void>
  close(): Promise<void>
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const start = () => startProgram('redis-server', args, /Ready to accept connections/)
  let child = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop: () => stopProgram(child),
    async start() {
      child = await start()
    },
    close: () => stopProgram(child),
  }
}
