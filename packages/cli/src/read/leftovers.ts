import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an application's folder still contains that may belong to the old side. Names only, never values. */
export interface Leftovers {
  /** Dependencies in `package.json`. */
  readonly dependencies: readonly string[]
  /** Variables in `.env` and similar files. */
  readonly variables: readonly string[]
}

/** npm packages for sign-in, sessions, tokens and password hashes. */
const LIBRARIES =
  /^(?:@?auth0(?:[/-].*)?|@auth\/.*|@clerk\/.*|@fastify\/(?:jwt|session|secure-session|passport)|@nestjs\/(?:jwt|passport)|@node-rs\/(?:argon2|bcrypt)|@supabase\/(?:auth-.*|ssr)|argon2|bcrypt(?:js)?|better-auth|@better-auth\/.*|cookie-session|express-(?:jwt|session|oauth2-jwt-bearer|openid-connect)|firebase-admin|iron-session|jsonwebtoken|jwks-rsa|jwt-simple|keycloak-connect|lucia|next-auth|passport(?:-.*)?|speakeasy|otplib)$/

const VARIABLES = /(?:AUTH|JWT|SESSION|COOKIE|PASSWORD|BCRYPT|ARGON|PEPPER|SALT|OAUTH|OIDC|SSO|TOKEN|SIGNING)/
/** These control the migration and are not secrets of either side. */
const OURS = /^(?:ENABLE_DUAL_AUTH|PREFER_BETTER_AUTH|DATABASE_URL)$/

/** @param folder The folder of `package.json`. Nothing is found if the file is missing or cannot be read. */
export function leftoversIn(folder: string): Leftovers {
  return { dependencies: dependenciesIn(folder), variables: variablesIn(folder) }
}

function dependenciesIn(folder: string): readonly string[] {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
    const named = ['dependencies', 'devDependencies'].flatMap((list) => Object.keys(manifest[list] ?? {}))
    return [...new Set(named)].filter((name) => LIBRARIES.test(name)).toSorted()
  } catch {
    return []
  }
}

function variablesIn(folder: string): readonly string[] {
  try {
    const files = readdirSync(folder).filter((name) => /^\.env(?:\.[\w.-]+)?$|^\.dev\.vars$/.test(name))
    const named = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/^\s*(?:export\s+)?([A-Z_][A-Z\d_]*)\s*=/gm)].map(
        ([, variable = '']) => variable,
      ),
    )
    return [...new Set(named)].filter((name) => VARIABLES.test(name) && !OURS.test(name)).toSorted()
  } catch {
    return []
  }
}
