// The guides of docs/from: what the old library accepts, the block after accepts, too, for the same caller.
import { execFileSync } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileOf, ROOT, SNIPPETS, textOf } from './snippets.js'

const secret = randomBytes(32).toString('hex')
const ambient = {
  env: { JWT_SECRET: secret, BETTER_AUTH_SECRET: randomBytes(32).toString('hex') },
  query: async () => [],
  accounts: {
    find: async (_verifier: string, _issuer: string, subject: string) => ({ id: subject }),
    findOwner: async (id: string) => ({ id }),
  },
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
function sign(claims: object, key: string = secret): string {
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

type Ask = (headers: Record<string, string>) => Promise<{ status: number; body: string }>

interface FastifyLike {
  inject(request: object): Promise<{ statusCode: number; body: string }>
}
interface HonoLike {
  request(path: string, init: object): Promise<Response> | Response
}

/** Asks an app of Express, Hono or Fastify for /me. */
function asker(app: RequestListener | FastifyLike | HonoLike): Ask {
  return async (headers) => {
    if ('inject' in app) {
      const { statusCode, body } = await app.inject({ url: '/me', headers })
      return { status: statusCode, body }
    }
    if (typeof app !== 'function') {
      const response = await app.request('/me', { headers })
      return { status: response.status, body: await response.text() }
    }
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/me`, { headers })
    const body = await response.text()
    server.closeAllConnections()
    server.close()
    return { status: response.status, body }
  }
}

const guides = SNIPPETS.filter(({ page, name }) => page.startsWith('docs/from/') && name === 'before.ts')

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What a row of the tables is about, by its first word or words. */
const ROWS: Readonly<Record<string, () => Record<string, string>>> = {
  'no token': () => ({}),
  'another scheme': () => ({ authorization: 'Other abc' }),
  '`Bearer a b`': () => ({ authorization: 'Bearer a b' }),
  expired: () => bearer(sign({ sub: 'u-1', exp: Math.floor(Date.now() / 1000) - 60 })),
  forged: () => bearer(sign({ sub: 'u-1', exp: Math.floor(Date.now() / 1000) + 60 }, randomBytes(32).toString('hex'))),
}

/** Rows of a page's table of answers: what it says of the status and the code, before and after. */
function rowsOf(page: string): { row: string; cells: [string, string] }[] {
  const table = textOf(page).split('## What answers differ')[1]?.split('\n## ')[0] ?? ''
  return [...table.matchAll(/^\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].flatMap(([, first, before, after]) => {
    const row = Object.keys(ROWS).find((name) => first?.startsWith(name))
    return row === undefined ? [] : [{ row, cells: [before as string, after as string] }]
  })
}

describe('the guides', () => {
  beforeAll(() => void Object.assign(globalThis, ambient))
  afterAll(() => {
    for (const name of Object.keys(ambient)) Reflect.deleteProperty(globalThis, name)
  })

  it('are one for each library that checks JWTs', () => {
    expect(guides.map(({ page }) => page)).toEqual(
      ['express-jwt', 'fastify-jwt', 'hono-jwt', 'jsonwebtoken', 'passport-jwt'].map((name) => `docs/from/${name}.md`),
    )
  })

  const pages = guides.map(({ page }) => page)
  async function load(page: string, name: string): Promise<Ask> {
    const { app } = (await import(/* @vite-ignore */ pathToFileURL(fileOf(page, name)).href)) as { app: HonoLike }
    return asker(app)
  }

  it.each(pages)('%s answers the same callers before and after', async (page) => {
    const [before, after] = [await load(page, 'before.ts'), await load(page, 'after.ts')]
    const seconds = Math.floor(Date.now() / 1000)
    const caller = { sub: 'u-1', userId: 'u-1' }
    const good = bearer(sign({ ...caller, iat: seconds, exp: seconds + 60 }))
    expect(await before(good)).toEqual({ status: 200, body: '{"id":"u-1"}' })
    expect(await after(good)).toEqual(await before(good))
    for (const headers of [
      {},
      bearer(sign({ ...caller, exp: seconds - 60 })),
      bearer(sign({ ...caller, exp: seconds + 60 }, randomBytes(32).toString('hex'))),
    ])
      expect([(await before(headers)).status, (await after(headers)).status]).toEqual([401, 401])
  })
  const rows = pages.flatMap((page) => rowsOf(page).map(({ row, cells }) => [page, row, cells] as const))
  it('say what answers differ', () => expect(rows.length).toBeGreaterThan(10))

  it.each(rows)('%s says how %s is answered', async (page, row, [before, after]) => {
    const headers = ROWS[row]!()
    const old = await (await load(page, 'before.ts'))(headers)
    expect(before).toContain(String(old.status))
    const answer = await (await load(page, 'after.ts'))(headers)
    const { code } = JSON.parse(answer.body) as { code: string }
    expect(after).toContain(`${answer.status} `)
    expect(after).toContain(`\`${code}\``)
    // Fastify says its own code.
    if (old.body.includes('FST_JWT')) expect(before).toContain((JSON.parse(old.body) as { code: string }).code)
  })
})

describe('the examples', () => {
  const folder = join(ROOT, 'examples/from')
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  /** `git diff` ends with 1 where there is a difference. */
  function linesOf(cwd: string): string {
    try {
      return execFileSync('git', ['diff', '--no-index', '--numstat', 'before', 'after'], { cwd, encoding: 'utf8' })
    } catch (error) {
      return (error as { stdout: string }).stdout
    }
  }

  it.each(names.map(({ name }) => name))('from %s says how many lines changed in each file', (name) => {
    const page = readFileSync(join(folder, name, 'README.md'), 'utf8')
    const files = [...linesOf(join(folder, name)).matchAll(/^(\d+)\t(\d+)\t.*?([\w.-]+)$/gm)]
    expect(files.length).toBeGreaterThan(1)
    for (const [, added, removed, file] of files) {
      const lines = removed === '0' ? `${added} lines, new` : `${added} lines added, ${removed} removed`
      expect(page).toMatch(new RegExp(`\`${file}\` +\\| ${lines}`))
    }
  })
})
