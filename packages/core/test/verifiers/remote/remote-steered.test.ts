import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createDualAuth,
  remote,
  remoteFetch,
  serveRemoteFetch,
  type DualAuth,
  type Stage,
  type ValidateRemote,
} from '../../../src/index.js'
import { createMove, newCookie, oldToken, type Move } from '../../support/migration.js'
import { outcome } from '../../support/outcome.js'
import { bearer, cookies } from '../../support/requests.js'

const SECRET = randomBytes(32).toString('base64url')

let move: Move
let server: Server
let validate: ValidateRemote
let handle: ReturnType<typeof serveRemoteFetch>

beforeEach(async () => {
  move = createMove({ stage: 'dual' })
  handle = serveRemoteFetch(move.auth, { secrets: [SECRET] })
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => void answerTo(request, new Uint8Array(Buffer.concat(chunks))).then((end) => end(response)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  validate = remoteFetch({ url: `http://127.0.0.1:${port}/`, secret: SECRET })
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
  await move.auth.close()
})

/** What the service answers, to be written. */
async function answerTo(
  { headers }: IncomingMessage,
  body: Uint8Array<ArrayBuffer>,
): Promise<(response: ServerResponse) => void> {
  const init = { method: 'POST', headers: headers as Record<string, string>, body }
  const answer = await handle(new Request('http://service.internal/', init))
  const text = await answer.text()
  return (response) => void response.writeHead(answer.status, { connection: 'close' }).end(text)
}

function worker(ask: ValidateRemote): DualAuth {
  const credentials = [{ jwtIssuer: null }, { cookie: 'better-auth.session_token' }]
  const verifiers = [remote({ name: 'service', credentials, validate: ask })]
  return createDualAuth({ verifiers, now: move.clock.now }) as unknown as DualAuth
}

const seen = async (auth: DualAuth) => [
  await outcome(auth, bearer(oldToken('ada'))),
  await outcome(auth, cookies(newCookie('ada'))),
]

const ACCEPTED = '200 ada by service'
const stages: readonly (readonly [Stage, string, string])[] = [
  ['off', ACCEPTED, '401 credential_not_accepted'],
  ['dual', ACCEPTED, ACCEPTED],
  ['new-only', '401 legacy_retired', ACCEPTED],
  ['retired', '401 legacy_retired', ACCEPTED],
  ['dual', ACCEPTED, ACCEPTED],
]

describe('a service in a move, asked over HTTP', () => {
  it('answers its workers at each stage what it answers itself, from the next request on', async () => {
    const auth = worker(validate)
    for (const [stage, old, fresh] of stages) {
      await move.publish({ stage })
      expect([stage, ...(await seen(auth))]).toEqual([stage, old, fresh])
    }
  })

  it('refuses with another 401 where it is asked in version 2, which has no such code', async () => {
    const auth = worker(async (credential) =>
      credential.version === 2
        ? validate(credential)
        : { version: 2, outcome: 'unavailable', retryAfterSeconds: null, cookies: [] },
    )
    for (const [stage, old, fresh] of [
      ['new-only', '401 credential_expired', ACCEPTED],
      ['off', ACCEPTED, '401 credential_invalid'],
    ] as const) {
      await move.publish({ stage })
      expect([stage, ...(await seen(auth))]).toEqual([stage, old, fresh])
    }
  })

  it('has no policy yet: its workers cannot tell either, and log nobody out', async () => {
    const auth = worker(validate)
    const waiting = createMove({ policy: { load: () => null } })
    const handle = serveRemoteFetch(waiting.auth, { secrets: [SECRET] })
    const fetch = (input: string, init: RequestInit) => handle(new Request(input, init))
    const blind = worker(remoteFetch({ url: 'https://service.internal/', secret: SECRET, fetch }))
    expect(await seen(blind)).toEqual(['503 verifier_unavailable', '503 verifier_unavailable'])
    expect(await seen(auth)).toEqual([ACCEPTED, ACCEPTED])
  })
})
