import { describeAdapter } from '@dualauth/conformance'
import { adapter } from './apps.js'

describeAdapter('hono 4', adapter)
