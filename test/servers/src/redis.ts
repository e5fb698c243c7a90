import { freePort, startProgram, stopProgram } from './programs.js'

/** A Redis of its own, on loopback, that keeps nothing. */
export interface RedisServer {
  readonly url: string
  /** It keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  close(): Promise<void>
}

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = await startProgram('redis-server', args, /Ready to accept connections/)
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    close: () => stopProgram(child),
  }
}
