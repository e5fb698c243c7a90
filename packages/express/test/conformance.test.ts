import express5 from 'express'
import express4 from 'express4'
import { describeAdapter, describeHostile } from '@dualauth/conformance'
import { adapterFor } from './apps.js'

describeAdapter('express 5', adapterFor(express5))
describeAdapter('express 4', adapterFor(express4 as unknown as typeof express5))
describeHostile('express 5', adapterFor(express5))
