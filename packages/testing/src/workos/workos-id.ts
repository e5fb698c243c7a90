import { randomBytes } from 'node:crypto'

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** An id in WorkOS format: a prefix and 26 characters. */
export function workosId(prefix: string): string {
  return `${prefix}_01${Array.from(randomBytes(24), (byte) => BASE32.charAt(byte % 32)).join('')}`
}
