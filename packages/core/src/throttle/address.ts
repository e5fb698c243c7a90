import { nativeOf, type HeaderView } from '../http/request.js'
import type { AddressSource } from './options.js'

/**
 * The address of the caller, in one form for all spellings; null if unknown. Never guessed: a header field is used only
 * if the application names it, because anybody can send it.
 */
export function addressOf(view: HeaderView, source: AddressSource): string | null {
  if (typeof source === 'function') return networkOf(source(nativeOf(view) as never))
  if (source === 'socket') return networkOf(peerOf(view))
  return networkOf(forwarded(view.values(source.header.toLowerCase()), source.hops ?? 1))
}

/** Express and Fastify expose the connection under Node's own name; Hono's server for Node exposes Node's request. */
function peerOf(view: HeaderView): string | null {
  const native = nativeOf(view)
  const { socket, env } = (typeof native === 'object' && native !== null ? native : {}) as Connected
  const peer = socket?.remoteAddress ?? env?.incoming?.socket?.remoteAddress
  return typeof peer === 'string' ? peer : null
}

interface Connected {
  readonly socket?: Peer | null
  readonly env?: { readonly incoming?: { readonly socket?: Peer | null } | null } | null
}

interface Peer {
  readonly remoteAddress?: unknown
}

/** Each proxy appends the address of its peer: anything further left than your own proxies comes from the caller. */
function forwarded(fields: readonly string[], hops: number): string | null {
  const heard = fields.join(',').split(',')
  return heard.at(-hops)?.trim() ?? null
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
/** An IPv6 address has at most 39 characters, or 45 with an IPv4 address in it. */
const LONGEST = 64

/**
 * An IPv4 address, or the first 64 bits of an IPv6 address: a caller with one of these addresses has all of them.
 * Ports, brackets and zones are removed, and an IPv4 address inside an IPv6 address, as from a translator, counts as
 * IPv4.
 *
 * @see RFC 4291 sections 2.2 and 2.5.5.2, RFC 6052 section 2.1, RFC 6177
 */
export function networkOf(address: string | null | undefined): string | null {
  if (typeof address !== 'string' || address.length > LONGEST) return null
  const [, bracketed, bare = address] = /^\[([^\]]*)\](?::\d+)?$|^([^:]*)(?::\d+)?$/.exec(address) ?? []
  const [host = ''] = (bracketed ?? bare).split('%', 1)
  return host.includes(':') ? network6Of(host) : canonical4(host)
}

function canonical4(host: string): string | null {
  const octets = IPV4.exec(host)?.slice(1).map(Number)
  return octets === undefined || octets.some((octet) => octet > 255) ? null : octets.join('.')
}

/** `::ffff:0:0/96`, and `64:ff9b::/96`: otherwise all callers behind a translator would count as one. */
const IPV4_WITHIN: readonly string[] = ['0,0,0,0,0,65535', '100,65435,0,0,0,0']

function network6Of(host: string): string | null {
  const last = host.slice(host.lastIndexOf(':') + 1)
  const mapped = last.includes('.') ? canonical4(last) : null
  if (last.includes('.') && mapped === null) return null
  const groups = groupsOf(mapped === null ? host : `${host.slice(0, -last.length)}${pairsOf(mapped)}`)
  if (groups === null) return null
  if (IPV4_WITHIN.includes(groups.slice(0, 6).join()))
    return [groups[6] as number, groups[7] as number].flatMap((pair) => [pair >> 8, pair & 255]).join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

function pairsOf(ipv4: string): string {
  const [a, b, c, d] = ipv4.split('.').map(Number) as [number, number, number, number]
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

/** Eight groups of 16 bits; null if it is not an IPv6 address. */
function groupsOf(host: string): readonly number[] | null {
  const [head = '', tail, ...more] = host.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = 8 - before.length - after.length
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return null
  const all = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  return all.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? all.map((group) => Number.parseInt(group, 16)) : null
}
