import { readFileSync } from 'node:fs'
import { describeWith, startPostgres, type PostgresServer } from '@dualauth/servers'
import { WorkOS } from '@workos-inc/node'
import { afterAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../src/browser.js'
import { makeCalls } from '../src/calls.js'
import { populate } from '../src/people.js'
import { start, type Running } from '../src/start.js'

const SLOW_MS = 120_000

async function using(databaseUrl: string | undefined, play: (running: Running) => Promise<void>): Promise<void> {
  const running = await start(databaseUrl)
  try {
    await play(running)
  } finally {
    await running.close()
  }
}

async function rehearse(running: Running): Promise<void> {
  const calls = await makeCalls(running)
  expect(calls.length).toBeGreaterThan(35)
  const said = (name: 'expected' | 'seen') => calls.map((call) => `${call.shows}: ${call[name]}`)
  expect(said('seen')).toEqual(said('expected'))
}

describe('an application with pages whose people sign in at WorkOS', () => {
  it('keeps profiles, organizations and roles of its own, on PGlite', () => using(undefined, rehearse), SLOW_MS)

  it(
    'has sessions that the SDK of WorkOS reads',
    () =>
      using(undefined, async (running) => {
        const { workos, cookiePassword, url } = running
        populate(running)
        const ada = createBrowser(url, 'Ada')
        await ada.open('/auth/sign-in')
        const { hostname, port } = new URL(workos.origin)
        const { apiKey, clientId } = workos
        const sdk = new WorkOS(apiKey, { clientId, apiHostname: hostname, port: Number(port), https: false })
        const sessionData = ada.cookies.get('wos-session') as string
        const session = sdk.userManagement.loadSealedSession({ sessionData, cookiePassword })
        expect(await session.authenticate()).toMatchObject({ authenticated: true, user: { id: 'user_ada' } })
      }),
    SLOW_MS,
  )

  it('has as many lines about authentication as its README says', () => {
    const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
    const lines = ['auth', 'roles', 'names'].flatMap((name) => linesOf(read(`src/${name}.ts`)))
    const names =
      /\b(dualAuth|mountHandler|optionalAuth|requireAuth|requireOrganization|requirePermission|getPrincipal|getOptionalPrincipal|auth\.can)\b/
    const inRoutes = linesOf(read('src/app.ts')).filter((line) => names.test(line))
    expect(read('README.md')).toContain(`**${lines.length + inRoutes.length} lines**`)
  })
})

/** Lines of code: neither empty nor a comment. */
function linesOf(source: string): readonly string[] {
  return source.split('\n').filter((line) => line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line))
}

describeWith('PostgreSQL', 'the same application, on PostgreSQL', () => {
  let server: PostgresServer
  afterAll(() => server.close())
  it(
    'keeps profiles, organizations and roles of its own',
    async () => {
      server = await startPostgres()
      await using(server.url, rehearse)
    },
    SLOW_MS,
  )
})
