import { sign, type KeyObject } from 'node:crypto'
import { seconds } from './clock.js'
import { ecPair } from './tokens.js'

export const ARN: string = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef'
export const KID: string = '3f1f6a2e-52c4-4f0e-9d3a-0a1b2c3d4e5f'
export const ISSUER: string = 'https://id.example.com'
export const OIDC_DATA: string = 'x-amzn-oidc-data'

/** A segment as load balancers spell it: base64url with its padding. */
export function paddedSegment(value: unknown): string {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value))
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

export interface PaddedMint {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
}

export const balancerPair = ecPair()

/** What a load balancer signs; undefined leaves a member out. */
export function mintPadded({ header, claims }: PaddedMint = {}, key: KeyObject = balancerPair.privateKey): string {
  const dates = { iss: ISSUER, exp: seconds(120) }
  const stated = { typ: 'JWT', kid: KID, alg: 'ES256', client: 'web', signer: ARN, ...dates, ...header }
  const input = `${paddedSegment(stated)}.${paddedSegment({ sub: 'u9', ...dates, ...claims })}`
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`
}

/** A published key, by address: what is asked for is written down. */
export function pemServer(answer: (url: string) => Response | Promise<Response>): {
  readonly asked: string[]
  readonly fetch: (url: string) => Promise<Response>
} {
  const asked: string[] = []
  return {
    asked,
    async fetch(url) {
      asked.push(url)
      return answer(url)
    },
  }
}
