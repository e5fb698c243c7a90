import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createImport, scimTarget, type ScimTargetOptions } from '../../src/index.js'
import { describePglite } from '../support/database.js'
import { listSource, somePeople } from '../support/list-source.js'
import { listening } from '../support/scim/listening.js'

const TOKEN = 'nobody-may-see-this-token'
const clock = { now: () => 0, sleep: async () => {} }

type Answer = (
  request: IncomingMessage,
  body: string,
) => { status?: number; type?: string; body?: unknown; to?: string }

const listOf = (...Resources: object[]) => ({ body: { totalResults: Resources.length, Resources } })
const empty: Answer = () => listOf()

describePglite('a directory that cannot be trusted', ({ query, rows }) => {
  const opened: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of opened.splice(0)) await close()
  })

  /** @returns What the import ended with, and which writes arrived. */
  async function importInto(answer: Answer, options: Partial<ScimTargetOptions> = {}) {
    const writes: string[] = []
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      let text = ''
      for await (const part of request.setEncoding('utf8')) text += part as string
      if (request.method !== 'GET') writes.push(String(request.method))
      const { status = 200, type = 'application/scim+json', body = {}, to } = answer(request, text)
      response.writeHead(status, { 'content-type': type, ...(to !== undefined && { location: to }) })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const { origin, close } = await listening(createServer((request, response) => void serve(request, response)))
    opened.push(close)
    const target = scimTarget({
      baseUrl: `${origin}/v2`,
      token: TOKEN,
      timeoutMs: 1_000,
      name: 'scim:lies',
      ...options,
    })
    const source = listSource({ people: somePeople(1) })
    const ended = await createImport({ query, source, target, clock })
      .run()
      .then(
        ({ counts }) => ({ error: null, counts }),
        (error: unknown) => ({ error: error as Error & { code?: string }, counts: null }),
      )
    const told = ended.error === null ? '' : JSON.stringify(ended.error, Object.getOwnPropertyNames(ended.error))
    expect(told).not.toContain(TOKEN)
    expect(told).not.toContain('@example.com')
    return { ...ended, writes }
  }

  const config: Answer = () => ({ body: { filter: { supported: false }, patch: { supported: true } } })
  const isConfig = ({ url }: IncomingMessage) => url?.endsWith('/ServiceProviderConfig') === true
  const made = { id: '1', userName: 'u0@example.com' }

  it.each<[string, Answer, string]>([
    ['says that it cannot filter', config, 'filter_unsupported'],
    ['says that it cannot patch', () => ({ body: { patch: { supported: false } } }), 'patch_unsupported'],
    [
      'refuses the filter',
      (request) => (isConfig(request) ? empty(request, '') : { status: 400 }),
      'filter_unsupported',
    ],
    ['ignores the filter', () => listOf({ id: '7', externalId: 'other' }), 'filter_ignored'],
    ['shows no external ids', () => listOf({ id: '7' }), 'filter_ignored'],
    ['is somewhere else', () => ({ status: 404 }), 'no_such_endpoint'],
    ['refuses the token', () => ({ status: 401 }), 'status_401'],
    ['sends a redirect', () => ({ status: 307, to: 'http://127.0.0.1:1/elsewhere' }), 'status_307'],
  ])('that %s gets nothing', async (_name, answer, code) => {
    const { error, writes } = await importInto(answer)
    expect(error).toMatchObject({ kind: 'fatal', code })
    expect(writes).toEqual([])
  })

  it.each<[string, Answer]>([
    ['answers a page', () => ({ type: 'text/html', body: '<html>' })],
    ['answers JSON as a page', () => ({ type: 'text/html', body: listOf().body })],
    ['answers ten megabytes', () => ({ body: JSON.stringify({ Resources: ['x'.repeat(10_000_000)] }) })],
    ['answers no list', () => ({ body: { Resources: 'all' } })],
    ['answers an id with half a character', () => listOf({ id: '\ud800', externalId: 'u-0' })],
    ['answers an id that is a path', () => listOf({ id: '..', externalId: 'u-0' })],
  ])('that %s gets nothing', async (_name, answer) => {
    const { counts, writes } = await importInto((request, body) =>
      isConfig(request) ? { status: 404 } : answer(request, body),
    )
    expect(counts).toMatchObject({ person: { created: 0, failed: 1 } })
    expect(await rows('select code from dualauth.import_item')).toEqual([{ code: 'answer_unreadable' }])
    expect(writes).toEqual([])
  })

  it.each<[string, object]>([
    ['another external id', { ...made, externalId: 'somebody-else' }],
    ['no external id', made],
    ['the external id, and does not find it', { ...made, externalId: 'u-0' }],
  ])('that answers a creation with %s is asked for no second one', async (_name, body) => {
    const { error, writes } = await importInto((request) =>
      request.method === 'POST' ? { status: 201, body } : empty(request, ''),
    )
    expect(error).toMatchObject({ kind: 'fatal', code: 'external_id_not_kept' })
    expect(writes).toEqual(['POST'])
  })

  it('that has two with one external id is left to a person', async () => {
    const twins = listOf({ id: '1', externalId: 'u-0' }, { id: '2', externalId: 'u-0' })
    const { counts, writes } = await importInto(() => twins)
    expect(counts).toMatchObject({ person: { conflicts: 1 } })
    expect(writes).toEqual([])
  })

  it('is asked with a token that may be renewed, and with none where there is none', async () => {
    const tokens: (string | undefined)[] = []
    let turn = 0
    await importInto((request) => (tokens.push(request.headers.authorization), { status: 400 }), {
      token: async () => `token-${++turn}`,
    })
    expect(tokens).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect((await importInto(empty, { token: () => 'a\nb' })).error).toMatchObject({ code: 'token_invalid' })
    const down = () => Promise.reject(new Error(TOKEN))
    expect((await importInto(empty, { token: down })).counts).toMatchObject({ person: { failed: 1 } })
  })
})

describe('scimTarget', () => {
  const good = { baseUrl: 'https://id.example.com/scim/v2', token: TOKEN }
  it.each([
    [{ ...good, baseUrl: 'http://id.example.com/scim/v2' }, 'scimTarget.baseUrl'],
    [{ ...good, baseUrl: 'https://user:word@id.example.com/' }, 'scimTarget.baseUrl'],
    [{ ...good, baseUrl: 'https://id.example.com/scim?x=1' }, 'scimTarget.baseUrl'],
    [{ ...good, token: '' }, 'scimTarget.token'],
    [{ ...good, token: `${TOKEN}\n` }, 'scimTarget.token'],
    [{ ...good, timeoutMs: 0 }, 'scimTarget.timeoutMs'],
    [{ ...good, organizations: 'all' }, 'scimTarget.organizations'],
    [{ ...good, tokn: 'x' }, 'tokn'],
  ])('refuses %j by the name of the option', (options, name) => {
    let error: unknown
    try {
      scimTarget(options as ScimTargetOptions)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'configuration_invalid', message: expect.stringContaining(name) as string })
    expect((error as Error).message).not.toContain(TOKEN)
  })

  it('takes http on loopback, and for the host that is named', () => {
    expect(scimTarget({ ...good, baseUrl: 'http://localhost:9000/scim/v2/' }).name).toBe('scim:localhost:9000/scim/v2')
    const inCluster = { ...good, baseUrl: 'http://idp:9000/scim', allowInsecureHost: 'idp:9000' }
    expect(scimTarget(inCluster).name).toBe('scim:idp:9000/scim')
    expect(scimTarget({ ...good, organizations: 'none' }).kinds).toEqual(['person', 'group'])
  })
})
