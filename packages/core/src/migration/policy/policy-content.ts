import { sha256 } from '#crypto'
import { andThen, type MaybePromise } from '../../async/maybe-promise.js'
import { isObject } from '../../settings/schemas.js'
import type { PolicyDocument } from './policy-document.js'

/** A document as text; null if JSON cannot represent it. */
export function textOf(document: unknown): string | null {
  try {
    return JSON.stringify(document) ?? null
  } catch {
    // A member of an application's object may throw.
    return null
  }
}

/** Whether two texts have the same content: databases and services may reorder members. */
export function isSameContent(one: string | null, other: string | null): boolean {
  if (one === other) return true
  if (one === null || other === null) return false
  return ordered(JSON.parse(one)) === ordered(JSON.parse(other))
}

/** Characters of base64url: 96 bits. */
const LENGTH = 16

/** Equal for equal content, whatever the order of members. It detects mistakes but is not a proof. */
export function digestOf(document: PolicyDocument): MaybePromise<string> {
  return andThen(sha256(ordered(document)), (digest) => digest.slice(0, LENGTH))
}

/**
 * A short digest of a policy's content, including its version. Heartbeats carry it: two instances with the same version
 * but different digests have different policies.
 */
export async function policyDigest(document: PolicyDocument): Promise<string> {
  return digestOf(document)
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isObject(member) && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  )
}
