import type { JsonObject } from '../../route/jwt.js'
import { own } from '../../settings/own.js'
import { namesIn } from './mapped-claims.js'

/** Claims in which home-grown tokens state their purpose, in lower case and without `_` and `-`. */
const SELF_DESCRIBING = /^(?:typ|type|tokentype|kind|tokenkind|use|tokenuse|usage|tokenusage|purpose|tokenpurpose)$/
const SCOPE = /^(?:scope|scopes|scp)$/

const PURPOSE =
  'refresh|reset|forgot|recovery|recover|unlock|verification|verify|confirmation|confirm|activation|activate|magic|' +
  'passwordless|invitation|invite|log[_ -]?out|sign[_ -]?out|sign[_ -]?up|registration|unsubscribe|totp|otp|mfa|2fa|challenge|csrf'
/** Words that accompany a purpose: `password_reset`, `verify-email`, `magicLinkToken`. */
const BESIDE =
  'token|jwt|link|code|password|credentials|email|phone|account|user|member|team|request|required|pending|access'
const NAMES_PURPOSE = new RegExp(`(?:${PURPOSE})`)
const SAYS_NOTHING_ELSE = new RegExp(`^(?:(?:${PURPOSE}|${BESIDE})[_ +-]*)+$`)
/** Purposes only if nothing else is stated: `email` is also an OpenID Connect scope. */
const ALONE = /^(?:id|email|offline|state)(?:[_ -]?(?:token|jwt))?$/

/**
 * The claim in which a token says that it is not an access token, or null. For keys that should sign only access
 * tokens, so values without a known other purpose, such as `user` or `read write`, are ignored.
 *
 * @param audienceToo Whether `aud` may also say so, as in `app:reset`: if no audience is required.
 */
export function otherPurposeOf(claims: JsonObject, audienceToo: boolean): string | null {
  for (const name of Object.keys(claims)) {
    const plain = name.toLowerCase().replace(/[_-]/g, '')
    const values = namesIn(own(claims, name))
    const found = SELF_DESCRIBING.test(plain)
      ? values.some((value) => meansOther(value) || ALONE.test(value.toLowerCase()))
      : SCOPE.test(plain)
        ? isEvery(
            values.flatMap((value) => value.split(/[ ,]+/)),
            meansOther,
          )
        : audienceToo && name === 'aud' && values.some((value) => meansOther(value.slice(value.lastIndexOf(':') + 1)))
    if (found) return name
  }
  return null
}

/** Such a scope among others is a permission: `read verify` belongs to an access token. */
function isEvery(values: readonly string[], test: (value: string) => boolean): boolean {
  return values.length > 0 && values.every(test)
}

function meansOther(value: string): boolean {
  if (value.length > 64) return false
  const text = value.toLowerCase()
  return NAMES_PURPOSE.test(text) && SAYS_NOTHING_ELSE.test(text)
}
