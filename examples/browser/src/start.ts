import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { build } from 'esbuild'
import { createAuth, type ExampleAuth } from './auth.js'
import { listen } from './listen.js'
import { startProvider, type ExampleProvider } from './provider.js'
import { createService } from './service.js'

export interface Example extends Pick<ExampleAuth, 'publish'> {
  /** Of the page. */
  readonly origin: string
  readonly provider: ExampleProvider
  /** Moves the clock of the application on. */
  pass(seconds: number): void
  /** A token of the old side, as its own login would set it as the cookie `old`. */
  oldToken(id: string): string
  close(): Promise<void>
}

export interface ExampleOptions {
  readonly port?: number
  /** Tells the bundler where the packages are; default: as they are installed. */
  readonly tsconfig?: string
}

export async function startExample({ port = 0, tsconfig }: ExampleOptions = {}): Promise<Example> {
  let offset = 0
  const now = (): number => Date.now() + offset
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => listener(request, response))
  const { origin, close } = await listen(server, 'localhost', port)
  const provider = await startProvider(origin)
  const oldSecret = randomBytes(32).toString('base64url')
  const parts = createAuth(origin, provider, oldSecret, now)
  const html = readFileSync(new URL('page/index.html', import.meta.url), 'utf8')
  listener = getRequestListener(createService(parts, html, await bundlePage(tsconfig)).fetch) as RequestListener
  await parts.auth.ready()
  return {
    origin,
    provider,
    publish: (next) => parts.publish(next),
    pass: (seconds) => void (offset += seconds * 1000),
    oldToken: (id) => signOld(oldSecret, id, Math.floor(now() / 1000)),
    async close() {
      await parts.auth.close()
      await close()
      await provider.close()
    },
  }
}

async function bundlePage(tsconfig: string | undefined): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('page/page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    ...(tsconfig !== undefined && { tsconfig }),
  })
  return result.outputFiles[0]!.text
}

/** A home-grown JWT, as the old side makes them. */
function signOld(secret: string, sub: string, iat: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub, iat, exp: iat + 3600 })}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
