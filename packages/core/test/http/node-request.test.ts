import { createServer, request as ask, type IncomingMessage } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { headerView, type HeaderView } from '../../src/http/request.js'

type Fields = Readonly<Record<string, string | readonly string[]>>

/** How the view of a real request looks, after what an earlier middleware did to it. */
async function overHttp<T>(
  headers: Fields,
  look: (view: HeaderView) => T,
  middleware: (request: IncomingMessage) => void = () => {},
  path = '/',
): Promise<T> {
  const server = createServer()
  const seen = new Promise<T>((resolve) =>
    server.on('request', (request, response) => {
      middleware(request)
      resolve(look(headerView(request)))
      response.end()
    }),
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  ask({ port, host: '127.0.0.1', path, headers: headers as Record<string, string[]>, agent: false }).end()
  try {
    return await seen
  } finally {
    server.close()
  }
}

async function overHttp2<T>(headers: Fields, look: (view: HeaderView) => T): Promise<T> {
  const server = createHttp2Server()
  const seen = new Promise<T>((resolve) =>
    server.on('request', (request: Http2ServerRequest, response: { end(): void }) => {
      resolve(look(headerView(request)))
      response.end()
    }),
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  client.request({ ':path': '/a?b', ...(headers as Record<string, string[]>) }).end()
  try {
    return await seen
  } finally {
    client.destroy()
    server.close()
  }
}

const values = (name: string) => (view: HeaderView) => view.values(name)

describe('what was sent to a Node server twice', () => {
  it.each(['authorization', 'x-api-key', 'origin', 'sec-fetch-site'])(
    'shows in %s, though headers hide it',
    async (name) => {
      expect(await overHttp({ [name]: ['a', 'b'] }, values(name))).toEqual(['a', 'b'])
      expect(await overHttp({ [name]: ['a', 'a'] }, values(name))).toEqual(['a', 'a'])
      expect(await overHttp({ [name]: 'a' }, values(name))).toEqual(['a'])
    },
  )

  it('shows also where a server joins what is sent twice', () => {
    const joined = { headers: { authorization: 'a, b' }, rawHeaders: ['Authorization', 'a', 'AUTHORIZATION', 'b'] }
    expect(headerView(joined).values('authorization')).toEqual(['a', 'b'])
  })

  it('is one list where it is a cookie, over HTTP/1 and HTTP/2', async () => {
    expect(await overHttp({ cookie: ['a=1', 'b=2'] }, values('cookie'))).toEqual(['a=1; b=2'])
    expect(await overHttp2({ cookie: ['a=1', 'b=2'] }, values('cookie'))).toEqual(['a=1; b=2'])
  })
})

describe('a middleware before the guards', () => {
  const sentTwice = { authorization: ['a', 'b'] }

  it('sets a field that was not sent', async () => {
    const set = ({ headers }: IncomingMessage): void => void (headers.authorization = 'c')
    expect(await overHttp({}, values('authorization'), set)).toEqual(['c'])
    expect(await overHttp(sentTwice, values('authorization'), set)).toEqual(['c'])
  })

  it('rewrites a field', async () => {
    const rewrite = ({ headers }: IncomingMessage): void =>
      void (headers.authorization = headers.authorization?.toUpperCase())
    expect(await overHttp({ authorization: 'a' }, values('authorization'), rewrite)).toEqual(['A'])
  })

  it('removes a field', async () => {
    const remove = ({ headers }: IncomingMessage): void => void delete headers.authorization
    expect(await overHttp({ authorization: 'a' }, values('authorization'), remove)).toEqual([])
    expect(await overHttp(sentTwice, values('authorization'), remove)).toEqual([])
  })

  it('replaces all fields', async () => {
    const replace = (request: IncomingMessage): void => void (request.headers = { 'x-api-key': 'k' })
    expect(await overHttp({ authorization: 'a' }, values('x-api-key'), replace)).toEqual(['k'])
    expect(await overHttp({ authorization: 'a' }, values('authorization'), replace)).toEqual([])
  })
})

describe('the request of a serverless wrapper', () => {
  it('counts by its headers, whatever their case, where it has no raw pairs', () => {
    expect(headerView({ headers: { authorization: 'a' }, rawHeaders: [] }).values('authorization')).toEqual(['a'])
    expect(headerView({ headers: { Authorization: 'a' }, rawHeaders: [] }).values('authorization')).toEqual(['a'])
  })

  it('hides no second value in an array, and takes an array of one for that one', () => {
    const view = headerView({ headers: { authorization: ['a', 'b'], 'x-api-key': ['k'] }, rawHeaders: ['Host', 'h'] })
    expect(view.values('authorization')).toEqual(['a', 'b'])
    expect(view.values('x-api-key')).toEqual(['k'])
  })

  it('gives text that no grammar admits for what is no text', () => {
    for (const value of [1, {}, [['a']], [null]] as never[])
      for (const rawHeaders of [[], ['Host', 'h'], ['Authorization'], [1, 2] as never[]])
        expect(headerView({ headers: { authorization: value }, rawHeaders }).values('authorization')).toEqual([
          '\u0000',
        ])
  })
})

describe('the target of a request', () => {
  const target = (view: HeaderView) => view.target()

  it('is read from the request line and the host, over HTTP/1 and HTTP/2', async () => {
    const sent = { host: 'API.example.com:8443', 'x-forwarded-host': 'evil.example' }
    expect(await overHttp(sent, target, undefined, '/a/../b%20c?d=1')).toEqual({
      host: 'api.example.com:8443',
      pathname: '/a/../b%20c',
    })
    expect(await overHttp2({ ':authority': 'api.example.com' }, target)).toEqual({
      host: 'api.example.com',
      pathname: '/a',
    })
  })

  it('takes a path with two slashes for no host, and what a router has cut off for a part of it', () => {
    const at = (url: string, originalUrl?: string) =>
      headerView({
        headers: { host: 'api.example.com' },
        rawHeaders: [],
        url,
        ...(originalUrl && { originalUrl }),
      }).target()
    expect(at('//evil.example/a')).toEqual({ host: 'api.example.com', pathname: '//evil.example/a' })
    expect(at('http://evil.example/a')).toEqual({ host: 'api.example.com', pathname: '/a' })
    expect(at('/me', '/v1/me?x')).toEqual({ host: 'api.example.com', pathname: '/v1/me' })
  })

  it.each([
    ['/orgs/theirs/../ours', '/orgs/theirs/../ours'],
    ['/orgs/theirs/%2e%2E/ours?x', '/orgs/theirs/../ours'],
    ['/%6frgs/%6F%75%72%73', '/orgs/ours'],
    ['/orgs%2fours/%c3%a4%20', '/orgs%2Fours/%C3%A4%20'],
    ['/%256frgs/%', '/%256frgs/%'],
    ['/orgs/theirs\\..\\ours', '/orgs/theirs\\..\\ours'],
    ['/orgs/theirs#/../ours', '/orgs/theirs'],
    ['/./orgs', '/./orgs'],
    ['http://h/orgs/theirs/../ours', '/orgs/theirs/../ours'],
    ['http://h', '/'],
    ['HTTP://h?/orgs/ours', '/'],
    ['http://h\\orgs/ours', null],
    ['http:h/orgs/ours', null],
  ])('has the path of %j as a router reads it', (url, pathname) => {
    expect(headerView({ headers: {}, rawHeaders: [], url }).target().pathname).toBe(pathname)
    expect(headerView({ method: 'GET', headers: {}, url }).target().pathname).toBe(pathname)
  })

  it('is the URL of a Web Request', () => {
    const sent = new Request('https://api.example.com/a?b', { headers: { host: 'evil.example' } })
    expect(headerView(sent).target()).toEqual({ host: 'api.example.com', pathname: '/a' })
    expect(headerView(new Request('https://h/%6frgs/ours%2fx')).target().pathname).toBe('/orgs/ours%2Fx')
  })

  it.each(['a b', 'a/b', 'user@evil.example', 'a,b', '', 'a?b', 'a\\b', '[', 'a:99999'])(
    'knows no host for %j',
    (host) => {
      expect(headerView({ method: 'GET', headers: { host }, url: '/a' }).target()).toEqual({
        host: null,
        pathname: '/a',
      })
    },
  )

  it('is nothing where a request has none', () => {
    expect(headerView({ method: 'GET', headers: {} }).target()).toEqual({ host: null, pathname: null })
    expect(headerView({ method: 'GET', headers: { host: ['a', 'b'] }, url: '*' }).target()).toEqual({
      host: null,
      pathname: null,
    })
    for (const url of [5, {}, 'http://', '%'] as never[])
      expect(headerView({ method: 'GET', headers: {}, url }).target()).toEqual({ host: null, pathname: null })
  })
})
