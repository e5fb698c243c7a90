import { randomBytes } from 'node:crypto'
import { createAuthJsIssuer, startKeySetServer } from '@dualauth/testing'
import { describe, expect, it } from 'vitest'
import { expectMend } from './support/ask.js'
import { createPractice, type Examination } from './support/patient.js'

const practice = createPractice()
const issuer = createAuthJsIssuer()
const NAME = issuer.cookie

/** A session in so many chunks. */
function chunksOf(count: number): readonly string[] {
  const token = issuer.token({ sub: 'u-7', more: randomBytes(1_300 * count).toString('hex') })
  const chunks = issuer.sessionCookie(token).split('; ')
  if (chunks.length !== count) throw new Error(`there are ${chunks.length} chunks`)
  return chunks
}

const look = (...pairs: readonly string[]): Promise<Examination> =>
  practice.examine({
    options: `{ maxCredentialBytes: 15_000, verifiers: [core.authJs({ name: 'old', secrets: [secret] })] }`,
    values: { secret: issuer.secret },
    secrets: [issuer.secret],
    samples: [`Cookie: theme=dark; ${pairs.join('; ')}`],
  })

describe('a session cookie in chunks', () => {
  const [first, second, third] = chunksOf(3) as [string, string, string]

  it('is judged as one', async () => {
    const found = await look(first, second, third)
    expect(found).toMatchObject({ code: 0, codes: [] })
    expect(found.findings.map(({ code }) => code)).toContain('sample_accepted')
  })

  it('is judged by the numbers of its chunks where they are out of order', async () => {
    const found = await look(third, first, second, first)
    expect(found).toMatchObject({ code: 0, codes: [] })
    expect(found.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['cookie_order', 'sample_accepted']))
  })

  it.each([
    ['the first', [second, third], 'authjs.session-token.0` is missing'],
    ['one between', [first, third], 'authjs.session-token.1` is missing'],
    ['two', [third], 'authjs.session-token.0`, `authjs.session-token.1` are missing'],
  ])('lacks %s of them', async (_, pairs, words) => {
    const found = await look(...pairs)
    expect(expectMend(found, 'cookie_chunks', 'Copy the whole field').seen).toContain(words)
  })

  it.each([
    ['the last', [first, second]],
    ['all but the first', [first]],
  ])('may lack %s of them', async (_, pairs) => {
    expect(expectMend(await look(...pairs), 'cookie_chunks', 'Copy the whole field').seen).toContain('may be missing')
  })

  it('has one of them twice, of two domains', async () => {
    const [other] = chunksOf(3) as [string]
    const { seen } = expectMend(await look(first, second, third, other), 'cookie_chunks', '`domain`')
    expect(seen).toContain('`authjs.session-token.0` comes twice')
  })

  it('stands there whole, too', async () => {
    const whole = issuer.sessionCookie(issuer.token({ sub: 'u-7' }))
    expectMend(await look(first, second, third, whole), 'cookie_chunks', `clear \`${NAME}\``)
  })

  it('was sealed by another secret, which the chunks have nothing to do with', async () => {
    const other = createAuthJsIssuer()
    const token = other.token({ sub: 'u-7', more: randomBytes(1_300 * 2).toString('hex') })
    expect((await look(...other.sessionCookie(token).split('; '))).codes).toEqual(['secret_mismatch'])
  })

  it('is read only whole by its verifier', async () => {
    const server = await startKeySetServer()
    const found = await practice.examine({
      options: `{ verifiers: [core.workos({ name: 'workos', clientId: 'client_123', apiUrl: url,
        session: core.workosSession({ cookiePasswords: [secret], cookie: { chunks: false } }) })] }`,
      values: { secret: randomBytes(32).toString('hex'), url: server.origin },
      samples: [`Cookie: wos-session.0=Fe26.2*1*${randomBytes(2_000).toString('hex')}; wos-session.1=abc`],
    })
    await server.close()
    expectMend(found, 'cookie_chunks', '`cookie: { chunks: true }`')
  })
})

describe('a session cookie without chunks', () => {
  it('is larger than what browsers keep', async () => {
    const token = issuer.token({ sub: 'u-7', more: randomBytes(1_600).toString('hex') })
    const found = await look(`${NAME}=${token}`)
    expect(expectMend(found, 'cookie_too_large', 'chunks').seen).toContain(`${NAME.length + token.length} bytes`)
    expect(found.findings.map(({ code }) => code)).toContain('sample_accepted')
  })

  it('is as large as browsers keep', async () => {
    const sized = (bytes: number): string => issuer.token({ sub: 'u-7', more: 'x'.repeat(bytes) })
    const room = 4_096 - NAME.length
    const bytes = Array.from({ length: 3_000 }, (_, count) => count + 1_000).findLast(
      (one) => sized(one).length <= room,
    )
    expect(await look(`${NAME}=${sized(bytes as number)}`)).toMatchObject({ code: 0, codes: [] })
  })
})
