import * as z from 'zod/mini'
import { keysByKid } from '../../keys/key-set/keys-by-kid.js'
import { insecureHostOf, type KeySetSettings } from '../../keys/key-set/key-set-options.js'
import type { KeySetOwner } from '../../keys/key-set/key-set.js'
import type { KeySource } from '../../keys/key-set/key-source.js'
import { assertEndpointUrl } from '../../outbound/endpoint-url.js'
import type { Carrier, Carriers } from '../../route/carriers.js'
import type { UnverifiedJwt } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { optionError } from '../../settings/options.js'
import { nonEmpty, object, text } from '../../settings/schemas.js'

/**
 * The tokens that an AWS Application Load Balancer sends to its targets to identify the user: ES256, segments padded
 * with `=`, `iss` and `exp` also in the header, and one URL for each key by `kid`.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
 */
export interface LoadBalancer {
  /**
   * ARN of the load balancer, or several: the exact `signer` in the header. Required, because all load balancers of a
   * region, including those of strangers, sign with keys at the same address.
   */
  readonly signer: string | readonly string[]
  /**
   * The base URL of the keys; `/` and the `kid` are appended. `https`, or `http` on loopback and at
   * `keySetOptions.allowInsecureHost`. Default: the URL for the region in the ARN. Required for GovCloud and China
   * regions, which have other URLs.
   */
  readonly keysUrl?: string
}

/** Where load balancers put these tokens. */
export const OIDC_DATA: Carriers = [{ header: 'x-amzn-oidc-data' }]

const ARN =
  /^arn:(aws(?:-[a-z]+)*):elasticloadbalancing:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:loadbalancer\/app\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/
const KID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const arn = z.string('the ARN of an Application Load Balancer, with nothing left open').check(z.regex(ARN))

export const loadBalancerOption: z.ZodMiniType<LoadBalancer> = object({
  signer: z.union([arn, nonEmpty(arn)], 'the ARN of an Application Load Balancer, or a list of them'),
  keysUrl: z.exactOptional(text),
})

/** The other options that matter for `loadBalancer`. */
interface Beside {
  readonly algorithms: readonly string[]
  readonly issuer?: unknown
  readonly audience?: unknown
  readonly authorizedParty?: unknown
  readonly maxAgeSeconds?: unknown
  readonly acceptUnlimited?: unknown
  readonly carriers?: Carriers
  readonly keySetOptions?: KeySetSettings
}

/** @throws {AuthError} `configuration_invalid`, naming the option. */
export function assertLoadBalancer(loadBalancer: LoadBalancer, beside: Beside, owner: string): void {
  const { algorithms, issuer, carriers = OIDC_DATA } = beside
  if (algorithms.length !== 1 || algorithms[0] !== 'ES256')
    throw optionError(`${owner}.algorithms`, "must be ['ES256'] beside `loadBalancer`")
  if (issuer === undefined)
    throw optionError(`${owner}.issuer`, 'is missing; give the one that the rule of the load balancer names')
  for (const option of ['audience', 'authorizedParty', 'maxAgeSeconds', 'acceptUnlimited'] as const)
    if (beside[option] !== undefined) throw optionError(`${owner}.${option}`, 'is not in the token of a load balancer')
  // Elsewhere, a padded token does not come from a load balancer.
  if (!carriers.every(isHeader)) throw optionError(`${owner}.carriers`, 'must be { header } beside `loadBalancer`')
  for (const signer of signersOf(loadBalancer)) keysUrlOf(signer, loadBalancer, beside.keySetOptions, owner)
}

function isHeader(carrier: Carrier): boolean {
  return typeof carrier === 'object' && 'header' in carrier
}

function signersOf({ signer }: LoadBalancer): readonly string[] {
  return typeof signer === 'string' ? [signer] : signer
}

function keysUrlOf(
  signer: string,
  { keysUrl }: LoadBalancer,
  settings: KeySetSettings | undefined,
  owner: string,
): string {
  const path = `${owner}.loadBalancer.keysUrl`
  if (keysUrl === undefined) {
    const [, partition, region = ''] = ARN.exec(signer) ?? []
    if (partition !== 'aws') throw optionError(path, `is missing; ${region} has an address of its own for these keys`)
    return `https://public-keys.auth.elb.${region}.amazonaws.com`
  }
  const { href, search, hash } = new URL(assertEndpointUrl(keysUrl, path, insecureHostOf(settings)))
  if (search !== '' || hash !== '') throw optionError(path, 'must not have a query or a fragment: the kid follows it')
  return href.replace(/\/+$/, '')
}

/** Selects keys by the load balancer that a token names. */
export interface LoadBalancerKeys {
  /** Null if it is not one of this verifier's load balancers. */
  keysOf(jwt: UnverifiedJwt): KeySource | null
  close(): void
}

export function openLoadBalancer(
  loadBalancer: LoadBalancer,
  settings: KeySetSettings | undefined,
  path: string,
  owner: KeySetOwner,
): LoadBalancerKeys {
  // One for each address, because load balancers of a region share their keys.
  const byUrl = new Map<string, KeySource>()
  const bySigner = new Map<string, KeySource>()
  for (const signer of signersOf(loadBalancer)) {
    const baseUrl = keysUrlOf(signer, loadBalancer, settings, path)
    const keys = byUrl.get(baseUrl) ?? keysByKid({ ...settings, baseUrl, form: KID, algorithm: 'ES256' }, owner)
    byUrl.set(baseUrl, keys)
    bySigner.set(signer, keys)
  }
  return {
    keysOf({ header }) {
      const signer = own(header, 'signer')
      return (typeof signer === 'string' && bySigner.get(signer)) || null
    },
    close: () => byUrl.forEach((keys) => keys.close()),
  }
}

/**
 * Whether the load balancer authenticated the user as one of these clients of the issuer. Only the header states the
 * client.
 */
export function isOfClient({ header }: UnverifiedJwt, clientId: string | readonly string[] | undefined): boolean {
  if (clientId === undefined) return true
  const client = own(header, 'client')
  return typeof client === 'string' && (typeof clientId === 'string' ? [clientId] : clientId).includes(client)
}
