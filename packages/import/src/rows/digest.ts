import { createHmac } from 'node:crypto'

/** Keyed: without the key, nobody can try out addresses or hashes. */
export interface Digests {
  /** Digest of a whole row; the same for rows with the same content. */
  readonly row: (row: object) => string
  /** Digest of an address in lower case, as a number of 53 bits: shows which ones occur twice. */
  readonly address: (email: string) => number
}

/** @param key 256 bits, base64url. */
export function createDigests(key: string): Digests {
  const bytes = Buffer.from(key, 'base64url')
  const of = (what: string, text: string) => createHmac('sha256', bytes).update(`${what}\0`).update(text).digest()
  return {
    row: (row) => of('row', canonicalJson(row)).toString('base64url'),
    address: (email) => Number(of('address', email.trim().toLowerCase()).readBigUInt64BE() >> 11n),
  }
}

/** Members in the order of their names: drivers may return columns in any order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
