import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../scripts/check-rooms.mjs'

const check = (path: string, text: string): string[] => problemsOf({ [`packages/core/src/${path}`]: text })

describe('the check of the house rules', () => {
  it('lets a room import values from a room before it', () => {
    expect(check('verifiers/workos/seal.ts', "import { own } from '../../route/jwt.js'")).toEqual([])
  })

  it('refuses a value from a room after it', () => {
    expect(check('keys/import/jwk.ts', "import { verifyJwt } from '../../verify/jwt/verify-jwt.js'")).toHaveLength(1)
    expect(check('http/request.ts', "export * from '../events/events.js'")).toHaveLength(1)
    expect(check('errors/auth-error.ts', "import { crypto } from '#crypto'")).toHaveLength(1)
  })

  it('lets types cross', () => {
    expect(check('http/request.ts', "import type { A } from '../respond/a.js'")).toEqual([])
    expect(check('http/request.ts', "import { type A, type B } from '../respond/a.js'")).toEqual([])
  })

  it('refuses an import that would bundle all of zod', () => {
    expect(check('options.ts', "import * as z from 'zod/mini'")).toEqual([])
    expect(check('options.ts', "import * as zod from 'zod/v4/core'")).toEqual([])
    expect(check('options.ts', "import { z } from 'zod/mini'")).toHaveLength(1)
    expect(check('options.ts', "import * as z from 'zod'")).toHaveLength(1)
  })

  it('refuses a docstring tag in the middle of a line, which no editor shows', () => {
    expect(check('http/request.ts', '/** The text. @param name Lower case. */')).toHaveLength(1)
    expect(check('http/request.ts', '/**\n * The text. @throws what it was. */')).toHaveLength(1)
    expect(check('http/request.ts', '/**\n * The text.\n *\n * @param name Lower case.\n */')).toEqual([])
    expect(check('http/request.ts', "/** For `@param` too. */\nconst of = 'a @param b'")).toEqual([])
  })

  it('refuses state at module level that can change', () => {
    for (const state of [
      'let count = 0',
      'var count = 0',
      'export const known = new Map<string, number>()',
      'const known: WeakMap<object, number> = /* @__PURE__ */ new WeakMap()',
      'const known = new LRUCache({ max: 9 })',
      "const names = new Set(['a'])",
      'const names: ReadonlySet<string> = new Set(read())',
      'const list = new Array(9)',
      'const list: string[] = []',
      'const table: Record<string, string> = {}',
      'const known = new Map() as Map<string, string>',
    ])
      expect(check('route/jwt.ts', state), state).toHaveLength(1)
  })

  it('lets constants at module level be', () => {
    for (const constant of [
      "const NAMES: ReadonlySet<string> = /* @__PURE__ */ new Set(['a', 'b'])",
      "const NAMES = ['a', 'b'] as const",
      'const NONE: readonly string[] = []',
      'const NONE: Readonly<Record<string, string>> = {}',
      'const decoder: TextDecoder = /* @__PURE__ */ new TextDecoder()',
      'const PATTERN = new RegExp(`^${NAME}$`)',
      'export function make() { const known = new Map(); let count = 0 }',
    ])
      expect(check('route/jwt.ts', constant), constant).toEqual([])
  })

  it('refuses an import from one verifier into another, of types too', () => {
    const path = 'verifiers/workos/session/seal.ts'
    expect(check(path, "import { a } from '../refresh/a.js'")).toEqual([])
    expect(check(path, "import { a } from '../../../verify/judge.js'")).toEqual([])
    expect(check(path, "import { a } from '../../api-keys/a.js'")).toHaveLength(1)
    expect(check(path, "import type { A } from '../../oidc/a.js'")).toHaveLength(1)
  })

  it('refuses index.ts, the line, an unknown room, node: modules, the environment and default exports', () => {
    expect(check('access/roles.ts', "import type { A } from '../index.js'")).toHaveLength(1)
    expect(check('access/roles.ts', "import { createDualAuth } from '../create-dual-auth.js'")).toHaveLength(1)
    expect(check('utils/a.ts', 'export {}')).toHaveLength(1)
    expect(check('keys/import/jwk.ts', "import { verify } from 'node:crypto'")).toHaveLength(1)
    expect(check('crypto/node.ts', "import { verify } from 'node:crypto'")).toEqual([])
    expect(check('keys/import/jwk.ts', 'export const a = process.env.A')).toHaveLength(1)
    expect(check('keys/import/jwk.ts', 'export default 1')).toHaveLength(1)
  })

  it('lets the entry of a command read the environment, and nothing else of it', () => {
    expect(problemsOf({ 'packages/cli/src/bin.ts': 'export const a = process.env' })).toEqual([])
    expect(problemsOf({ 'packages/cli/src/run.ts': 'export const a = process.env' })).toHaveLength(1)
  })
})
