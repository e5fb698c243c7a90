import { randomBytes } from 'node:crypto'
import { bearerRequest, requestBytes } from './connection.js'

/** Requests with credentials that nobody issued, all distinct, by kind. */
export function createJunk(sound: readonly string[], count: number): Readonly<Record<string, readonly Buffer[]>> {
  const many = (make: (index: number) => Buffer) => Array.from({ length: count }, (_, index) => make(index))
  return {
    'random bearer strings': many(() => bearerRequest(randomBytes(700).toString('base64url'))),
    'junk API keys': many(() => requestBytes({ 'X-Api-Key': `sk_live_${randomBytes(19).toString('hex')}` })),
    'bad signatures': many((index) => bearerRequest(forged(sound[index % sound.length] as string))),
    'unknown kids': many((index) => bearerRequest(unknownKid(sound[index % sound.length] as string))),
  }
}

/** Sound but for 12 bytes in the middle of the signature. */
function forged(token: string): string {
  const middle = token.length - 100
  return `${token.slice(0, middle)}${randomBytes(12).toString('base64url')}${token.slice(middle + 16)}`
}

function unknownKid(token: string): string {
  const [header = '', ...rest] = token.split('.')
  const members = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
  const other = { ...members, kid: randomBytes(8).toString('hex') }
  return [Buffer.from(JSON.stringify(other)).toString('base64url'), ...rest].join('.')
}
