import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  assertResponse,
  assertWebHandler,
  handOver,
  mountedRequest,
  webRequest,
  type NodeRequestParts,
} from '../../src/adapter/index.js'

const from = (
  request: Partial<NodeRequestParts['request']> & { url?: string } = {},
  more: Partial<NodeRequestParts> = {},
): Request | null =>
  webRequest({
    request: { method: 'POST', headers: { host: 'api.example.com' }, rawHeaders: [], url: '/', ...request },
    protocol: 'https',
    stream: Readable.from([Buffer.from('body')]),
    signal: new AbortController().signal,
    ...more,
  })

describe('the request of a mounted handler', () => {
  it.each([
    ['/a/b?c=1&c=2', 'https://api.example.com/a/b?c=1&c=2'],
    ['//evil.example/x', 'https://api.example.com//evil.example/x'],
    ['https://evil.example/x?y', 'https://api.example.com/x?y'],
    ['*', 'https://api.example.com/'],
    ['/%zz', 'https://api.example.com/%zz'],
    ['/a\\b', 'https://api.example.com/a/b'],
  ])('goes where the request line says, on the host of the request: %s', (url, expected) => {
    expect(from({ url })!.url).toBe(expected)
  })

  it.each(['a b', 'user@evil.example', 'a/b', 'a,b', '', '[::'])('has no host that is none: %s', (host) => {
    expect(from({ headers: { host } })!.url).toBe('https://localhost/')
  })

  it('has every header as it counts, and none of the connection', () => {
    const headers = { 'x-a': '1', 'x-b': ['1', '2'], authorization: 'Bearer a', connection: 'close', ':path': '/' }
    const rawHeaders = ['Authorization', 'Bearer a', 'Authorization', 'Bearer b', 'X-A', '1']
    expect(Object.fromEntries(from({ headers, rawHeaders })!.headers)).toEqual({
      'x-a': '1',
      'x-b': '1, 2',
      authorization: 'Bearer a, Bearer b',
    })
  })

  it('cannot be had for TRACE', () => {
    expect(from({ method: 'TRACE' })).toBeNull()
  })

  it('has the body of the stream, and no body where a method has none', async () => {
    expect(await from()!.text()).toBe('body')
    for (const method of ['GET', 'HEAD']) expect(from({ method })!.body).toBeNull()
  })

  it('does not touch a stream that is not read', () => {
    const stream = Readable.from([Buffer.from('body')])
    from({}, { stream })
    expect(stream.readableDidRead).toBe(false)
    expect(stream.listenerCount('data')).toBe(0)
  })

  it('ends its body where the client is gone', async () => {
    const stream = new Readable({ read() {} })
    const text = from({}, { stream })!.text()
    stream.push(Buffer.from('half'))
    stream.destroy()
    await expect(text).rejects.toThrow()
    await expect(from({}, { stream })!.text()).rejects.toThrow()
  })

  it('lets a stream run empty whose body is cancelled', async () => {
    const stream = Readable.from([Buffer.from('one'), Buffer.from('two')])
    const reader = from({}, { stream })!.body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('one')
    await reader.cancel()
    await new Promise((resolve) => stream.once('end', resolve))
  })

  const parsed = (type: string, body: unknown) =>
    from(
      { headers: { 'content-type': type, 'content-length': '999', 'content-encoding': 'gzip' } },
      { parsed: { body } },
    )!

  it.each<[string, unknown, string]>([
    ['application/json', { a: [1, null, 'ü'] }, '{"a":[1,null,"ü"]}'],
    ['application/vnd.api+json; charset=utf-16', [], '[]'],
    ['application/json', 'text', '"text"'],
    ['application/json', null, ''],
    ['application/json', undefined, ''],
    ['application/json', Buffer.from('{"raw":1}'), '{"raw":1}'],
    ['text/plain', 'text', 'text'],
    [
      'application/x-www-form-urlencoded',
      { a: ['1', '2'], b: { c: 'd e' }, f: [{ g: 1 }] },
      'a=1&a=2&b%5Bc%5D=d+e&f%5B%5D%5Bg%5D=1',
    ],
  ])('has a body that was parsed, written again: %s %j', async (type, body, text) => {
    const request = parsed(type, body)
    expect(await request.text()).toBe(text)
    expect([...request.headers.keys()]).toEqual(text === '' ? [] : ['content-type'])
  })

  it('says so where a body cannot be written again', () => {
    for (const type of ['multipart/form-data; boundary=x', 'application/xml', ''])
      expect(() => parsed(type, { a: 1 })).toThrow(TypeError)
  })
})

describe('what is mounted', () => {
  it('must be a function, and answer with a response', () => {
    expect(() => assertWebHandler({})).toThrow(/^mountHandler: takes a function/)
    for (const answer of [undefined, null, {}, 'text', Response.error()])
      expect(() => assertResponse(answer)).toThrow(TypeError)
    for (const answer of [new Response(), new Response(null, { status: 204 }), Response.redirect('http://a/')])
      expect(() => assertResponse(answer)).not.toThrow()
  })

  it('knows what it is mounted on, and a bare server that it is none', () => {
    const request = new Request('http://a/')
    expect(mountedRequest(request)).toMatchObject({ native: request, isMounted: false })
    const { state } = mountedRequest(request)
    const native = {}
    expect(mountedRequest(handOver(request, { state, native }))).toEqual({ state, native, isMounted: true })
  })
})
