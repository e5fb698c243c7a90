import { betterAuth } from 'better-auth'
import { betterAuth as betterAuth14 } from 'better-auth-1.4'
import { memoryAdapter as memoryAdapter14 } from 'better-auth-1.4/adapters/memory'
import * as plugins14 from 'better-auth-1.4/plugins'
import { betterAuth as betterAuth1725 } from 'better-auth-1.7.25'
import { memoryAdapter as memoryAdapter1725 } from 'better-auth-1.7.25/adapters/memory'
import * as plugins1725 from 'better-auth-1.7.25/plugins'
import { memoryAdapter } from 'better-auth/adapters/memory'
import * as plugins from 'better-auth/plugins'

/** The installed ones: what they do counts, whatever their types say. */
const INSTALLED = {
  '1.7.7': { betterAuth, memoryAdapter, plugins },
  '1.7.25': { betterAuth: betterAuth1725, memoryAdapter: memoryAdapter1725, plugins: plugins1725 },
  '1.4.22': { betterAuth: betterAuth14, memoryAdapter: memoryAdapter14, plugins: plugins14 },
}
export type Version = keyof typeof INSTALLED
export const VERSIONS: readonly Version[] = ['1.7.7', '1.7.25', '1.4.22']

/** What a test needs of one of them. */
export type Installed = (typeof INSTALLED)['1.7.7']
export const BETTER_AUTH: Readonly<Record<Version, Installed>> = INSTALLED as never
