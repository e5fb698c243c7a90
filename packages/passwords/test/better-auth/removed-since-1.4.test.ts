// The plugin is made with its functions as well, as it is where only that one is installed.
import { vi } from 'vitest'
import { describeRemovedSince } from './removed-since.js'

vi.mock('better-auth', () => import('better-auth-1.4'))
vi.mock('better-auth/api', () => import('better-auth-1.4/api'))
vi.mock('better-auth/plugins', () => import('better-auth-1.4/plugins'))

describeRemovedSince('1.4.22')
