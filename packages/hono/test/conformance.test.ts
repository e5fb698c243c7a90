import { describeAdapter, describeHostile } from '@dualauth/conformance'
import { adapter } from './apps.js'

describeAdapter('hono 4', adapter)
describeHostile('hono 4', adapter)
