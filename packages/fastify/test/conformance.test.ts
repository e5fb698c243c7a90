import cors5 from '@fastify/cors'
import cors4 from '@fastify/cors4'
import fastify5 from 'fastify'
import fastify4 from 'fastify4'
import { describeAdapter, describeHostile } from '@dualauth/conformance'
import { adapterFor, type Framework } from './apps.js'

describeAdapter('fastify 5', adapterFor({ create: fastify5, cors: cors5 as never }))
describeAdapter('fastify 4', adapterFor({ create: fastify4, cors: cors4 } as unknown as Framework))
describeHostile('fastify 5', adapterFor({ create: fastify5, cors: cors5 as never }))
