// What the compiler says to whoever misspells a registered permission: the message is all that there is to go by.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compile } from './compile.js'
import { ROOT } from './snippets.js'

const FILE = join(ROOT, 'packages/fastify/.cache/messages/misspelt.ts')

const MISTAKES: readonly (readonly [mistake: string, code: string, message: RegExp])[] = [
  [
    'a permission of Express',
    `express.requirePermission('things:wirte')`,
    /"things:wirte"' .* parameter .*"users-view" \|.*"read", "write"/,
  ],
  [
    'a permission of Hono',
    `hono.requirePermission('things:wirte')`,
    /"things:wirte"' .* parameter .*"users-view" \|.*"read", "write"/,
  ],
  [
    'a permission of Fastify',
    `fastify.requirePermission('things:wirte')`,
    /"things:wirte"' .* parameter .*"users-view" \|.*"read", "write"/,
  ],
  [
    'an action',
    `express.requirePermission('things', 'wirte')`,
    /"wirte"' .* parameter of type '"(?:read" \| "write|write" \| "read)"'/,
  ],
  [
    'a resource',
    `hono.requirePermission('thing', 'write')`,
    /"thing"' .* parameter of type '"(?:things" \| "billing|billing" \| "things)"'/,
  ],
  [
    'one of several',
    `express.requirePermission({ any: ['things:read', 'things:wirte'] })`,
    /Did you mean '"things:write"'\?/,
  ],
  [
    'a question',
    `(auth: DualAuth) => auth.can({ user: 'a' }, 'things:wirte')`,
    /"things:wirte"' .* parameter .*"users-view" \|.*"read", "write"/,
  ],
  [
    'a check',
    `(auth: DualAuth) => auth.authorize({} as never, 'things:wirte')`,
    /"things:wirte"' .* parameter .*"users-view" \|.*"read", "write"/,
  ],
  [
    'a grant',
    `(grants: Grants) => grants.add({ account: 'a', actor: 'b', permission: 'things:wirte' })`,
    /Did you mean '"things:write"'\?/,
  ],
  ['a route', `route({ permission: 'things:wirte' })`, /Did you mean '"things:write"'\?/],
  [
    'a route inline',
    `app.get('/a', { config: { auth: { permission: 'things:wirte' } } }, answer)`,
    /^[^\n]*permission: "things:wirte"/,
  ],
  [
    'several of a route inline',
    `app.get('/b', { config: { auth: { permission: { any: ['things:wirte'] } } } }, answer)`,
    /Did you mean '"things:write"'\?/,
  ],
  [
    'a requirement inline',
    `app.get('/c', { config: { auth: { permision: 'things:write' } } }, answer)`,
    /Property 'permission' is missing/,
  ],
]

const CODE = `import { definePermissions, type DualAuth } from '@dualauth/core'
import * as express from '@dualauth/express'
import * as fastify from '@dualauth/fastify'
import '@dualauth/fastify/augment'
import * as hono from '@dualauth/hono'
import type { Grants } from '@dualauth/postgres'
import Fastify from 'fastify'
export const permissions = definePermissions({ things: ['read', 'write'], billing: ['read'] }, ['users-view'])
declare module '@dualauth/core' { interface Register { permissions: typeof permissions } }
const app = Fastify()
const route = (auth: fastify.RouteAuth) => auth
const answer = async () => 'ok'
export const mistakes = [
${MISTAKES.map(([, code]) => `${code},`).join('\n')}
]
`

let said: readonly string[] = []
beforeAll(() => {
  mkdirSync(dirname(FILE), { recursive: true })
  writeFileSync(FILE, CODE)
  said = compile([{ page: 'misspelt', line: 1, code: CODE, name: null, home: 'fastify', file: FILE }])
})
afterAll(() => rmSync(dirname(FILE), { recursive: true }))

const FIRST = CODE.split('\n').indexOf('export const mistakes = [') + 2

it.each(MISTAKES.map(([mistake, , message], place) => ({ mistake, message, at: `misspelt:${FIRST + place} ` })))(
  'names $mistake that is misspelt, and what is registered',
  ({ message, at }) => {
    const [found = '', ...more] = said.filter((one) => one.startsWith(at)).map((one) => one.slice(at.length))
    expect(found).toMatch(message)
    expect(more).toEqual([])
  },
)
