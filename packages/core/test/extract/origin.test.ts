import { describe, expect, it } from 'vitest'
import { provesOrigin, type OriginRules } from '../../src/extract/origin.js'
import { trustedOriginsTest } from '../../src/extract/trusted-origins.js'
import { headerView } from '../../src/http/request.js'

const RULES: OriginRules = { trusts: trustedOriginsTest(['https://app.example.com']), allowNonBrowser: false }

function proves(method: string, headers: Record<string, string | string[]>, rules: Partial<OriginRules> = {}) {
  return provesOrigin(headerView({ method, headers }), { ...RULES, ...rules }, 'sessions')
}

describe('the origin of a request with a cookie', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'get'])('is not asked for %s', (method) => {
    expect(proves(method, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toBe(true)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'post', 'QUERY', 'PROPFIND'])('is asked for %s', (method) => {
    expect(proves(method, {})).toBe(false)
    expect(proves(method, { 'sec-fetch-site': 'same-origin' })).toBe(true)
  })

  it.each(['same-site', 'cross-site', 'none', 'Same-Origin', 'same-origin, same-origin', ''])(
    'is not proven by Sec-Fetch-Site: %s',
    (site) => {
      expect(proves('POST', { 'sec-fetch-site': site })).toBe(false)
      expect(proves('POST', { 'sec-fetch-site': site }, { allowNonBrowser: true })).toBe(false)
    },
  )

  it('is proven by a trusted origin, also from the same site', () => {
    expect(proves('POST', { origin: 'https://app.example.com' })).toBe(true)
    expect(proves('POST', { origin: 'https://app.example.com', 'sec-fetch-site': 'same-site' })).toBe(true)
  })

  it.each([
    'https://evil.example',
    'null',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.example',
    'https://app.example.com/',
    'https://APP.example.com',
    'https://app.example.com, https://app.example.com',
    '',
  ])('is not proven by the origin %s', (origin) => {
    expect(proves('POST', { origin })).toBe(false)
    expect(proves('POST', { origin }, { allowNonBrowser: true })).toBe(false)
  })

  it('is not proven by repeated fields', () => {
    expect(proves('POST', { origin: ['https://app.example.com', 'https://evil.example'] })).toBe(false)
    expect(proves('POST', { 'sec-fetch-site': ['same-origin', 'cross-site'] })).toBe(false)
  })

  it('is waived for clients that are no browsers, by option only', () => {
    expect(proves('POST', {}, { allowNonBrowser: true })).toBe(true)
    expect(proves('POST', {}, { allowNonBrowser: ['sessions'] })).toBe(true)
    expect(proves('POST', {}, { allowNonBrowser: ['others'] })).toBe(false)
    expect(proves('POST', { host: 'app.example.com', referer: 'https://app.example.com/' })).toBe(false)
  })
})
