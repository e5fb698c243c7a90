import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFakeWorkos, startOidcProvider, type FakeWorkos, type OidcProvider } from '../src/index.js'

let workos: FakeWorkos
let provider: OidcProvider
beforeAll(async () => {
  workos = await startFakeWorkos()
  provider = await startOidcProvider()
})
afterAll(() => Promise.all([workos.close(), provider.close()]))

const endpoints = (): string[] => [
  `${workos.origin}/user_management/authenticate`,
  `${workos.origin}/api_keys/validations`,
  `${provider.origin}/introspect`,
]

const JUNK = ['', '{', 'null', '[]', '"a"', '1', '{"value":{}}', 'a=b&a=c', '\u0000', 'x'.repeat(100_000)]

describe('what stands for a provider', () => {
  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain'])(
    'refuses junk as %s and goes on',
    async (type) => {
      for (const url of endpoints())
        for (const body of JUNK) {
          const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
          expect(response.status).toBe(401)
        }
    },
  )

  it('goes on when a client hangs up in the middle of a request', async () => {
    for (const url of endpoints()) {
      const { port, pathname } = new URL(url)
      const socket = connect(Number(port), '127.0.0.1')
      socket.write(`POST ${pathname} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{`)
      await once(socket, 'connect')
      socket.destroy()
      expect((await fetch(url, { method: 'POST' })).status).toBe(401)
    }
  })

  it('goes on when a client gives up waiting', async () => {
    workos.refresh.latencyMs = 30
    const [url] = endpoints() as [string]
    await expect(fetch(url, { method: 'POST', signal: AbortSignal.timeout(10) })).rejects.toThrow()
    workos.refresh.latencyMs = 0
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
  })
})
