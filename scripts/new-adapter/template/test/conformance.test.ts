import { describeAdapter, describeHostile } from '@dualauth/conformance'
import { adapter } from './apps.js'

describeAdapter('__framework__', adapter)
describeHostile('__framework__', adapter)
