import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createState } from '../../src/adapter/state.js'
import { writeOnCommit } from '../../src/adapter/node-response.js'

const OURS = { name: 'session', field: 'session=new; Path=/', endSession: () => {} }

/** What a client of a real server gets. */
async function headersAfter(answer: (response: ServerResponse) => void): Promise<Headers> {
  const server = createServer((_request, response) => {
    const state = createState()
    state.cookies = [OURS]
    writeOnCommit(response, state)
    answer(response)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    return (await fetch(`http://127.0.0.1:${port}/`)).headers
  } finally {
    server.close()
  }
}

const cookiesAfter = async (answer: (response: ServerResponse) => void): Promise<string[]> =>
  (await headersAfter(answer)).getSetCookie()

describe('a refreshed cookie beside a raw answer', () => {
  const [a, b] = ['a=1', 'b=2']
  it.each<[string, (response: ServerResponse) => void]>([
    ['an object', (res) => res.writeHead(200, { 'Set-Cookie': [a, b] }).end()],
    ['an object after a phrase', (res) => res.writeHead(200, 'fine', { 'Set-Cookie': [a, b] }).end()],
    ['a flat list', (res) => res.writeHead(200, ['Set-Cookie', a, 'X-More', '1', 'Set-Cookie', b]).end()],
    [
      'a flat list with a list in it',
      (res) => res.writeHead(200, ['X-More', '1', 'Set-Cookie', [a, b]] as never).end(),
    ],
    [
      'pairs',
      (res) =>
        res
          .writeHead(200, [
            ['Set-Cookie', a],
            ['Set-Cookie', b],
          ] as never)
          .end(),
    ],
    ['pairs with a list in them', (res) => res.writeHead(200, [['Set-Cookie', [a, b]]] as never).end()],
  ])('keeps what the handler gives as %s', async (_form, answer) => {
    expect(await cookiesAfter(answer)).toEqual([a, b, OURS.field])
  })

  it.each([
    [{ 'Cache-Control': 'public, max-age=60' }, ['private, no-store', null]],
    [{ 'cache-control': 'max-age=60' }, ['private, no-store', null]],
    [{ 'Cache-Control': 'private, max-age=60' }, ['private, max-age=60', null]],
    [{ 'Cache-Control': 'no-store', 'CDN-Cache-Control': 's-maxage=9' }, ['no-store', 'private, no-store']],
    [{}, [null, null]],
  ])('is kept by no cache that others share, where the handler says %j', async (said, expected) => {
    const headers = await headersAfter((res) => res.writeHead(200, said).end())
    expect([headers.get('cache-control'), headers.get('cdn-cache-control')]).toEqual(expected)
    expect(headers.getSetCookie()).toEqual([OURS.field])
  })

  it('goes out with a streamed answer, and once', async () => {
    const answer = (res: ServerResponse) => {
      res.write('part')
      res.end('rest')
    }
    expect(await cookiesAfter(answer)).toEqual([OURS.field])
  })

  it('goes out beside that of a framework which is mounted in another', async () => {
    const answer = (res: ServerResponse) => {
      const inner = createState()
      inner.cookies = [{ ...OURS, name: 'inner', field: 'inner=new; Path=/' }]
      writeOnCommit(res, inner)
      res.writeHead(200, { 'Set-Cookie': a }).end()
    }
    expect(await cookiesAfter(answer)).toEqual([a, OURS.field, 'inner=new; Path=/'])
  })
})
