import { describe, expect, it } from 'vitest'
import { readJwt, signedPartOf } from '../../src/route/jwt.js'
import { readPaddedJwt } from '../../src/route/padded-jwt.js'
import { seconds } from '../support/clock.js'
import { ISSUER, mintPadded, paddedSegment } from '../support/padded.js'
import { mint } from '../support/tokens.js'

describe('a padded token', () => {
  const token = mintPadded()
  const [header = '', claims = '', signature = ''] = token.split('.')

  it('is read with the claims that stand in its header, and no other reading takes it', () => {
    const read = readPaddedJwt(mintPadded({ claims: { iss: undefined, exp: undefined } }))
    expect(read).toMatchObject({ claims: { sub: 'u9', iss: ISSUER, exp: seconds(120) } })
    expect(readPaddedJwt(token)?.token).toBe(token)
    expect(readJwt(token)).toBeNull()
  })

  it('has one spelling', () => {
    const bare = token.replaceAll('=', '')
    for (const twin of [
      bare,
      `${header}.${claims}.${signature.replace('==', '')}`,
      `${header}.${claims}.${signature.replace('==', '=')}`,
      `${token}=`,
      `${token}====`,
      `${header}====.${claims}.${signature}`,
      `${header}.${claims}.${signature.replace('==', '%3D%3D')}`,
      `${header}.${claims}.${signature}.`,
      `${header}.=.${signature}`,
      `${header}.====.${signature}`,
      token.replace('.', '=.'),
      ` ${token}`,
      `${token}\n`,
    ])
      expect(readPaddedJwt(twin)).toBeNull()
    // Unused bits of the last character.
    const last = signature.at(-3) as string
    const next = String.fromCharCode(last.charCodeAt(0) + 1)
    expect(readPaddedJwt(`${header}.${claims}.${signature.slice(0, -3)}${next}==`)).toBeNull()
  })

  it('is not what a token without padding can be read as', () => {
    const unpadded = mint()
    expect(readJwt(unpadded)).not.toBeNull()
    expect(readPaddedJwt(unpadded)).toBeNull()
  })

  it('and its bare twin are one to a revocation', () => {
    expect(signedPartOf(token)).toBe(`${header}.${claims}`.replaceAll('=', ''))
    expect(signedPartOf(token)).toBe(signedPartOf(token.replaceAll('=', '')))
  })

  it('is refused where header and claims name two issuers, and ends at the earlier end', () => {
    expect(readPaddedJwt(mintPadded({ claims: { iss: 'https://other.example.com' } }))).toBeNull()
    for (const once of [{ header: { iss: undefined } }, { claims: { iss: undefined } }])
      expect(readPaddedJwt(mintPadded(once))?.claims['iss']).toBe(ISSUER)
    const ends = (inHeader: unknown, inClaims: unknown) =>
      readPaddedJwt(mintPadded({ header: { exp: inHeader }, claims: { exp: inClaims } }))?.claims['exp']
    expect(ends(seconds(10), seconds(20))).toBe(seconds(10))
    expect(ends(seconds(20), seconds(10))).toBe(seconds(10))
    expect(ends('never', seconds(10))).toBe('never')
    expect(ends(seconds(10), 'never')).toBe('never')
    expect(ends(undefined, seconds(10))).toBe(seconds(10))
    expect(ends(seconds(10), undefined)).toBe(seconds(10))
    expect(ends(undefined, undefined)).toBeUndefined()
  })

  it('is as strict about header and claims as any other', () => {
    for (const wrong of [
      { alg: 'none' },
      { alg: undefined },
      { crit: ['x'] },
      { b64: false },
      { zip: 'DEF' },
      { kid: 7 },
    ])
      expect(readPaddedJwt(mintPadded({ header: wrong }))).toBeNull()
    for (const text of ['[]', '"x"', 'null', '{', '\u0000'])
      expect(readPaddedJwt(`${header}.${paddedSegment(text)}.${signature}`)).toBeNull()
  })
})
