import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import {
  answerWith,
  createDualAuth,
  legacyJwt,
  type AnswerParts,
  type AuthEvent,
  type ErrorCode,
  type FormatContext,
  type FormatError,
} from '../../src/index.js'
import { AuthError } from '../../src/errors/auth-error.js'
import { createClock, START } from '../support/clock.js'
import { legacyOptions } from '../support/legacy.js'
import { bearer, request } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

const events: AuthEvent[] = []

/** Content type and body of the answer to a missing credential, and what was told about formatting. */
async function answered(formatError: FormatError) {
  events.length = 0
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    now: createClock().now,
    onEvent: (event) => events.push(event),
    formatError,
  })
  const result = await auth.authenticate(request())
  if (result.ok) throw new Error('somebody')
  const { status, headers, body } = auth.respond(result.error)
  const type = headers.find(([name]) => name === 'content-type')?.[1]
  return {
    status,
    type,
    body: JSON.parse(body) as unknown,
    failed: events.filter(({ type }) => type === 'format_failed'),
  }
}

const problem = {
  status: 401,
  type: 'application/problem+json; charset=utf-8',
  body: expect.objectContaining({ code: 'credential_missing' }) as unknown,
}

it('gives the body that clients know', async () => {
  expect(await answered(({ code }) => ({ error: code }))).toEqual({
    status: 401,
    type: 'application/json; charset=utf-8',
    body: { error: 'credential_missing' },
    failed: [],
  })
})

it('sees where the refused credential travelled', async () => {
  const seen: unknown[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt({ ...legacyOptions(), carriers: ['bearer', { header: 'x-access-token' }] })],
    now: createClock().now,
    formatError: ({ presentedIn }) => void seen.push(presentedIn),
  })
  for (const headers of [{}, { 'x-access-token': 'eyJ' }, { authorization: `Bearer ${'a'.repeat(9_000)}` }]) {
    const result = await auth.authenticate(request(headers))
    if (!result.ok) auth.respond(result.error)
  }
  expect(seen).toEqual([
    null,
    { carrier: 'header', name: 'x-access-token' },
    { carrier: 'bearer', name: 'authorization' },
  ])
})

it('sees what was wrong with a request, which the problem document says, too', () => {
  const error = new AuthError('request_invalid', { detail: 'name: must be text' })
  const seen: unknown[] = []
  const { status, body } = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    formatError: ({ detail }) => void seen.push(detail),
  }).respond(error)
  expect(seen).toEqual(['name: must be text'])
  expect([status, JSON.parse(body)]).toEqual([
    400,
    expect.objectContaining({ code: 'request_invalid', detail: 'name: must be text' }),
  ])
})

it('leaves the problem document where it returns undefined', async () => {
  expect(await answered(() => undefined)).toEqual({ ...problem, failed: [] })
})

it('tells the operator when it throws, and the caller gets the refusal all the same', async () => {
  const cause = new Error('a bug')
  const answer = await answered(() => {
    throw cause
  })
  expect(answer).toEqual({
    ...problem,
    failed: [{ type: 'format_failed', at: START, cause, error: { name: 'Error', code: null, message: 'a bug' } }],
  })
})

it('tells the operator when it returns what is no JSON, or a promise', async () => {
  for (const formatError of [() => 1n, () => Promise.reject(new Error('late')), async () => ({})]) {
    const { failed, ...answer } = await answered(formatError)
    expect(answer).toEqual(problem)
    expect(failed).toEqual([
      expect.objectContaining({ type: 'format_failed', cause: expect.any(TypeError) as unknown }),
    ])
  }
})

/** How an error of this code is answered where the app says `parts`, and how often that was passed over. */
function answeredWith(code: ErrorCode, parts: AnswerParts) {
  let failed = 0
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions())],
    onEvent: () => failed++,
    formatError: () => answerWith(parts),
  })
  const { status, headers, body } = auth.respond(new AuthError(code, { retryAfterSeconds: 3 }))
  const of = (name: string) => headers.filter(([one]) => one === name).map(([, value]) => value)
  return {
    status,
    type: of('content-type')[0],
    body,
    challenges: of('www-authenticate'),
    retry: of('retry-after'),
    failed,
  }
}

it('answers text and HTML where it says so', () => {
  const html = { contentType: 'text/html; charset=utf-8', body: '<h1>Sign in</h1>' }
  expect(answeredWith('credential_missing', html)).toMatchObject({
    status: 401,
    type: html.contentType,
    body: html.body,
    failed: 0,
  })
  expect(answeredWith('credential_missing', { contentType: 'text/plain', body: '' })).toMatchObject({
    body: '',
    failed: 0,
  })
  expect(answeredWith('credential_missing', { body: ['sign in'] })).toMatchObject({ body: '["sign in"]', failed: 0 })
})

it('changes the status within its class, and the challenge with it', () => {
  expect(answeredWith('identity_unlinked', { status: 401 })).toMatchObject({
    status: 401,
    type: 'application/problem+json; charset=utf-8',
    body: expect.stringContaining('"status":401') as unknown,
    challenges: [expect.stringContaining('error="invalid_token"')],
    failed: 0,
  })
  expect(answeredWith('credential_missing', { status: 404 })).toMatchObject({ status: 404, challenges: [], failed: 0 })
  expect(answeredWith('verifier_unavailable', { status: 502 })).toMatchObject({ status: 502, retry: ['3'], failed: 0 })
})

it.each<[ErrorCode, AnswerParts]>([
  ['verifier_unavailable', { status: 401 }],
  ['account_unavailable', { status: 403 }],
  ['rate_limited', { status: 401 }],
  ['credential_missing', { status: 200 }],
  ['credential_missing', { status: 302 }],
  ['credential_missing', { status: 500 }],
  ['credential_missing', { status: 401.5 }],
  ['credential_missing', { status: Number.NaN }],
  ['credential_missing', { status: '401' as never }],
  ['credential_missing', { contentType: 'text/html\r\nset-cookie: a=b', body: '' }],
  ['credential_missing', { contentType: 'html', body: '' }],
  ['credential_missing', { contentType: 'text/html', body: { a: 1 } }],
  ['credential_missing', { contentType: 'text/html' }],
  ['credential_missing', { body: 1n }],
])('answers %s as ever where an answer is not allowed', (code, parts) => {
  const { status } = new AuthError(code)
  expect(answeredWith(code, parts)).toMatchObject({
    status,
    type: 'application/problem+json; charset=utf-8',
    body: expect.stringContaining(`"status":${status}`) as unknown,
    failed: 1,
  })
})

it('sees the request of the framework, and whom an unlinked credential is of', async () => {
  const seen: FormatContext[] = []
  const auth = createDualAuth({
    verifiers: [legacyJwt(legacyOptions({ name: 'legacy' }))],
    link: () => null,
    now: createClock().now,
    formatError: (error, context: FormatContext<object>) => {
      seen.push(context)
      return error
    },
  })
  const native = {}
  const exchange = {
    request: bearer(mint({ claims: legacyClaims({ userId: 'u1' }) })),
    native,
    memo: {},
    keep: () => {},
  }
  const verdict = await auth.guard(exchange, { kind: 'authenticated' })
  if (verdict.kind !== 'refuse') throw new Error(verdict.kind)
  const identity = { verifier: 'legacy', issuer: expect.any(String) as string, subject: 'u1' }
  expect(seen).toEqual([{ request: native, identity, reason: null }])
  expect(verdict.error.identity).toEqual(identity)
  expect(verdict.answer.body).not.toContain('u1')
})

it('keeps whom an unlinked credential is of out of every log', async () => {
  const auth = createDualAuth({ verifiers: [legacyJwt(legacyOptions())], link: () => null, now: createClock().now })
  const result = await auth.authenticate(bearer(mint({ claims: legacyClaims({ userId: 'a-subject' }) })))
  if (result.ok) throw new Error('somebody')
  expect(result.error.identity?.subject).toBe('a-subject')
  for (const text of [
    inspect(result),
    JSON.stringify(result),
    JSON.stringify(Object.entries(result.error)),
    String(result.error),
  ])
    expect(text).not.toContain('a-subject')
  const missing = await auth.authenticate(request())
  expect(missing.ok ? undefined : missing.error.identity).toBeNull()
})

it.each<[ErrorCode, string | null]>([
  ['permission_denied', 'things:write'],
  // What an application puts there for its own sake.
  ['role_required', null],
  ['organization_required', null],
])('names the permission that is lacking in %s, in the body and to formatError: %s', (code, expected) => {
  const seen: unknown[] = []
  const respondWith = (formatError?: FormatError) =>
    createDualAuth({
      verifiers: [legacyJwt(legacyOptions())],
      now: createClock().now,
      ...(formatError !== undefined && { formatError }),
    }).respond(new AuthError(code, { required: 'things:write' }))
  respondWith(({ required }) => void seen.push(required))
  expect(seen).toEqual([expected])
  const body = JSON.parse(respondWith().body) as Record<string, unknown>
  expect(body['required'] ?? null).toBe(expected)
})
