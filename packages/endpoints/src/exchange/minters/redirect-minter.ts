import type { Principal, SessionMinter } from '@dualauth/core'
import { functionOption, object, optionError, parseOptions, verifierName } from '@dualauth/core/settings'
import * as z from 'zod/mini'

/** The options of `redirectMinter`. */
export interface RedirectMinterOptions {
  /** Name of the verifier of the new side. */
  readonly verifier: string
  /** Where people sign in there: an absolute URL, or a path of this site such as `/auth/sign-in`. */
  readonly url: string
  /**
   * Prefills the sign-in page, for example with the e-mail address that the application knows. Added as `login_hint`,
   * so it is sent to the caller's browser and from there to the provider. Default: none.
   */
  readonly loginHint?: (principal: Principal) => string | null | Promise<string | null>
}

const schema = object({
  verifier: verifierName,
  url: z.string('a URL, or a path such as /auth/sign-in').check(z.refine(isPage)),
  loginHint: z.exactOptional(functionOption<NonNullable<RedirectMinterOptions['loginHint']>>()),
})

const HERE = 'https://here.invalid'

/**
 * For a provider that cannot create sessions for others, such as WorkOS: the exchange answers 401 `sign_in_required`
 * with the sign-in page. People with a session at the provider are back after one click.
 *
 * @throws {AuthError} `configuration_invalid`: an option is wrong; the message names it.
 */
export function redirectMinter(options: RedirectMinterOptions): SessionMinter {
  const { verifier, url, loginHint } = parseOptions(schema, options, 'redirectMinter')
  if (!isPage(url)) throw optionError('redirectMinter.url', 'must be a URL or a path')
  return {
    verifier,
    async mint({ principal }) {
      const hint = (await loginHint?.(principal)) ?? null
      if (hint === null) return { kind: 'sign-in', url }
      const page = new URL(url, HERE)
      page.searchParams.set('login_hint', hint)
      return { kind: 'sign-in', url: url.startsWith('/') ? page.pathname + page.search + page.hash : page.href }
    },
  }
}

function isPage(url: string): boolean {
  if (/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(url)) return true
  return /^https?:\/\//.test(url) && URL.canParse(url)
}
