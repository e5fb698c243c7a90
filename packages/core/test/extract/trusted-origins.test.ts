import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originProblem, trustedOriginsTest } from '../../src/extract/trusted-origins.js'

const trusts = (entry: string, origin: string): boolean => trustedOriginsTest([entry])(origin)

describe('an entry of trustedOrigins', () => {
  it.each([
    'https://app.example.com',
    'http://localhost:3000',
    'https://xn--bcher-kva.example',
    'http://[::1]:3000',
    'tauri://localhost',
    'capacitor://localhost',
    'ionic://localhost',
    'app://obsidian.md',
    'app://.',
    'exp://192.168.0.2:8081',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
    'https://*.preview.example.com',
    'https://pr-*.preview.example.com:8443',
    'https://*--team.example.com',
    'http://*.localhost:3000',
    'https://*.my-project.pages.dev',
  ])('may be %s, and is trusted where it is exact', (entry) => {
    expect(originProblem(entry)).toBeNull()
    if (!entry.includes('*')) expect(trusts(entry, entry)).toBe(true)
  })

  it.each([
    'null',
    '*',
    '',
    'https://*',
    'https://*:8443',
    'https://*.com',
    'https://*.example',
    'https://*.co.uk',
    'https://*.com.br',
    'https://*.vercel.app',
    'https://myapp-*.vercel.app',
    'https://*.eu-west-1.amazonaws.com',
    'https://*.com.',
    'https://*.co.uk.',
    'https://*.vercel.app.',
    'https://*.vercel.app.:8443',
    'https://a.*.example.com',
    'https://*.*.example.com',
    'https://**.example.com',
    'https://example.*',
    'https://*.example.com/',
    'https://*.example.com:443',
    'https://*.Example.com',
    'https://*.10.0.0.1',
    '*://app.example.com',
    '*.example.com',
    'https://app.example.com:*',
    'https://user@*.example.com',
    'https://app.example.com/',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://bücher.example',
    'https:app.example.com',
    'app.example.com',
    '//app.example.com',
    'wss://app.example.com',
    'file://',
    'file://localhost',
    'data://a',
    'blob:https://app.example.com',
    'chrome-extension://*',
    'tauri://localhost/',
    'tauri://user@localhost',
    'tauri:localhost',
    ' https://app.example.com',
    ' tauri://localhost',
    'http://APP.example.com',
    'http://app.example.com:80',
    'ws://app.example.com',
    'https://*.preview.example.com:99999',
    'tauri://localhost:808080',
  ])('is refused where it is %j, with a reason: no browser sends it, or strangers do', (entry) => {
    expect(originProblem(entry)).toMatch(/\w/)
  })
})

describe('a * in the first label', () => {
  const preview = 'https://pr-*.preview.example.com'

  it.each(['https://pr-12.preview.example.com', 'https://pr-a-b_c.preview.example.com'])(
    'stands for one label: %s',
    (origin) => {
      expect(trusts(preview, origin)).toBe(true)
    },
  )

  it.each([
    'https://pr-.preview.example.com',
    'https://preview.example.com',
    'https://12.preview.example.com',
    'https://pr-1.2.preview.example.com',
    'https://pr-evil.example/.preview.example.com',
    'https://pr-evil.example#.preview.example.com',
    'https://pr-evil@.preview.example.com',
    'https://pr-evil:80.preview.example.com',
    'https://pr-\u0000.preview.example.com',
    'https://pr-1.preview.example.com.evil.example',
    'https://pr-1.preview.example.com:8443',
    'http://pr-1.preview.example.com',
    'https://PR-1.preview.example.com',
    'https://pr-*.preview.example.com.',
    'https://pr-1Xpreview.example.com',
    `https://pr-${'a'.repeat(64)}.preview.example.com`,
  ])('does not stand for more: %s', (origin) => {
    expect(trusts(preview, origin)).toBe(false)
  })

  it('never stretches beyond the label, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const isTrusted = trusts('https://*.preview.example.com', `https://${text}.preview.example.com`)
        if (isTrusted) expect(text).toMatch(/^[a-z0-9_-]+$/)
      }),
    )
  })

  it('is what makes a pattern: without it, an entry is the whole origin', () => {
    expect(trusts('https://app.example.com', 'https://app.example.com.undefined')).toBe(false)
    expect(trusts('https://app.example.com', 'https://app.example.comaundefined')).toBe(false)
  })

  it('stands beside exact entries, and each of them counts', () => {
    const any = trustedOriginsTest(['https://a.example', preview, 'https://b.example', 'https://*.c.example'])
    for (const origin of [
      'https://a.example',
      'https://pr-1.preview.example.com',
      'https://b.example',
      'https://x.c.example',
    ])
      expect(any(origin)).toBe(true)
    expect(any('https://x.a.example')).toBe(false)
    expect(trustedOriginsTest([])('https://a.example')).toBe(false)
  })

  it('is no name that a browser sends', () => {
    expect(trusts(preview, preview)).toBe(false)
  })
})
