import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CURL_LINES, shellVariables } from '../src/curl.js'
import { startDemo, type Demo } from '../src/demo.js'
import { renderTable, wrongCells, type Row } from '../src/table.js'

let demo: Demo
let rows: Row[]

beforeAll(async () => {
  demo = await startDemo()
  rows = await demo.run()
}, 60_000)
afterAll(() => demo.close())

describe('the table', () => {
  it('has every cell as it must be, in all three frameworks', () => {
    expect(rows.flatMap(wrongCells)).toEqual([])
    for (const { observed } of rows)
      expect(observed.map(({ framework }) => framework)).toEqual(['Express', 'Hono', 'Fastify'])
  })

  it('shows one id for Ada through five credentials of four systems', () => {
    const passed = rows.filter(({ group, call }) => group.startsWith('Ada') && call.path === '/me')
    expect(passed.map(({ observed }) => observed.map(({ id }) => id))).toEqual(
      Array.from({ length: 5 }, () => ['acct_ada', 'acct_ada', 'acct_ada']),
    )
    expect(new Set(passed.map(({ observed }) => observed[0]?.verifier))).toEqual(
      new Set(['legacy', 'better-auth', 'workos', 'api-key']),
    )
  })

  it('answers 503 and 200 side by side while WorkOS is off', () => {
    const outage = rows.filter(({ group }) => group.includes('none of its keys') && group.includes('off'))
    const statuses = (verifier: string) =>
      new Set(
        outage.flatMap(({ observed }) =>
          observed.filter((cell) => cell.verifier === verifier).map(({ status }) => status),
        ),
      )
    expect(statuses('workos')).toEqual(new Set([503]))
    expect(statuses('better-auth')).toEqual(new Set([200]))
  })

  it('names a wrong cell', () => {
    const [row] = rows as [Row]
    const spoilt = { ...row, call: { ...row.call, expect: { ...row.call.expect, status: 418 } } }
    expect(wrongCells(spoilt)).toHaveLength(3)
    expect(wrongCells(spoilt)[0]).toMatch(/Express: status is 200, must be 418$/)
  })

  it('prints no credential', async () => {
    const text = renderTable(rows, Object.keys(demo.apis.urls))
    for (const { call } of rows)
      for (const [name, value] of Object.entries(call.headers))
        if (name !== 'origin') expect(text.includes(value.slice(-24))).toBe(false)
  })
})

it.skipIf(process.platform === 'win32')('prints curl lines that work as printed', async () => {
  const variables = shellVariables(demo.apis.urls, await demo.mint(60))
  for (const framework of ['EXPRESS', 'HONO', 'FASTIFY'])
    for (const { title, status, line } of CURL_LINES) {
      const script = [...variables, `API=$${framework}`, line.replace(/^curl /, 'curl -s ')].join('\n')
      const { stdout } = await promisify(execFile)('sh', ['-c', script])
      expect(`${framework}, ${title}: ${stdout.slice(0, 12)}`).toBe(`${framework}, ${title}: HTTP/1.1 ${status}`)
    }
})
