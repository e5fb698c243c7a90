import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DualAuth } from '@dualauth/core'
import {
  authenticatedRequirement,
  goneSignal,
  handOver,
  runGuard,
  webRequest,
  writeOnCommit,
  writeWebResponse,
  type RequestState,
  type WebHandler,
} from '@dualauth/core/adapter'
import type { Flaw } from './reference-adapter.js'

/** Mounts a handler on node:http, with one mistake at most. */
export async function mount(
  req: IncomingMessage,
  res: ServerResponse,
  state: RequestState,
  { auth, web }: { readonly auth: DualAuth; readonly web: WebHandler },
  flaw: Flaw | null,
): Promise<void> {
  const { method = 'GET', headers, rawHeaders, url = '/' } = req
  res.setHeader('x-before', '1')
  if (url.startsWith('/guarded')) {
    const verdict = await runGuard(state, auth, req, req, authenticatedRequirement([]))
    if (verdict.kind === 'refuse') return void res.writeHead(verdict.answer.status).end(verdict.answer.body)
  }
  const request = webRequest({
    request: { method, headers, rawHeaders, url: flaw === 'strips the path of a mount' ? url.slice(8) || '/' : url },
    protocol: 'http',
    stream: req,
    parsed: url.startsWith('/parsed') ? await parsed(req, flaw) : undefined,
    signal: flaw === 'does not say that the client is gone' ? new AbortController().signal : goneSignal(res),
  })
  if (request === null) return void res.writeHead(400).end()
  const native = flaw === 'authenticates again for a mounted handler' ? null : handOver(request, { state, native: req })
  try {
    await write(await web(native ?? request), res, method === 'HEAD', flaw, () => writeOnCommit(res, state))
  } finally {
    writeOnCommit(res, state)
  }
}

async function write(
  answer: Response,
  res: ServerResponse,
  isHead: boolean,
  flaw: Flaw | null,
  commit: () => void,
): Promise<void> {
  commit()
  if (flaw === 'waits for the end of a stream')
    return writeWebResponse(new Response(await answer.arrayBuffer(), answer), res, isHead)
  if (flaw === 'joins the cookies of a mounted handler') {
    for (const [name, value] of Object.entries(Object.fromEntries(answer.headers))) res.setHeader(name, value)
    return void res.writeHead(answer.status).end(await answer.text())
  }
  if (flaw === 'does not say that the client is gone' && answer.body !== null) {
    res.writeHead(answer.status)
    const reader = answer.body.getReader()
    for (let next = await reader.read(); !next.done; next = await reader.read()) res.write(next.value)
    return void res.end()
  }
  return writeWebResponse(answer, res, isHead)
}

async function parsed(req: IncomingMessage, flaw: Flaw | null): Promise<{ readonly body: unknown } | undefined> {
  const type = req.headers['content-type'] ?? ''
  if (!/json|urlencoded/.test(type)) return undefined
  const chunks: Uint8Array[] = []
  for await (const chunk of req) chunks.push(chunk as Uint8Array)
  const text = Buffer.concat(chunks).toString('utf8')
  if (flaw === 'loses a body that was parsed') return { body: undefined }
  if (type.includes('json')) return { body: JSON.parse(text) as unknown }
  const form: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) (form[name] ??= []).push(value)
  return { body: form }
}
