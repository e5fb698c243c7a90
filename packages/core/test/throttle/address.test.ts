import { describe, expect, it } from 'vitest'
import { headerView } from '../../src/http/request.js'
import { addressOf, networkOf } from '../../src/throttle/address.js'

describe('one network has one spelling', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:51312', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:c000:0207', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::9]', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '192.0.2.7'],
    ['64:ff9b::c000:207', '192.0.2.7'],
    ['64:ff9b:1::c000:207', '64:ff9b:1:0::/64'],
    ['2001:db8::192.0.2.7', '2001:db8:0:0::/64'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it.each([
    undefined,
    null,
    '',
    'unknown',
    '_hidden',
    '1.2.3',
    '1.2.3.256',
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    'g::1',
    '::ffff:1.2.3.999',
    '['.repeat(100),
    `${'1'.repeat(65)}`,
  ])('%j is nobody', (address) => {
    expect(networkOf(address)).toBeNull()
  })
})

describe('where a request comes from', () => {
  const from = (headers: Record<string, string>, native?: unknown) =>
    headerView({ method: 'GET', headers, socket: { remoteAddress: '192.0.2.1' } } as never, native)

  it('is the other end of its connection', () => {
    expect(addressOf(from({ 'x-forwarded-for': '198.51.100.1' }), 'socket')).toBe('192.0.2.1')
    expect(addressOf(headerView({ method: 'GET', headers: {} }), 'socket')).toBeNull()
  })

  it('is whom the first proxy of ours heard, whatever the caller wrote before that', () => {
    const view = from({ 'x-forwarded-for': '203.0.113.9, 198.51.100.1,  10.0.0.1' })
    expect(addressOf(view, { header: 'X-Forwarded-For' })).toBe('10.0.0.1')
    expect(addressOf(view, { header: 'x-forwarded-for', hops: 2 })).toBe('198.51.100.1')
    expect(addressOf(view, { header: 'x-forwarded-for', hops: 4 })).toBeNull()
    expect(addressOf(from({}), { header: 'x-forwarded-for' })).toBeNull()
  })

  it('is what the application says of the request of its framework', () => {
    expect(addressOf(from({}, { ip: '203.0.113.4' }), ({ ip }: { ip: string }) => ip)).toBe('203.0.113.4')
    expect(addressOf(from({}, {}), () => undefined)).toBeNull()
  })
})
