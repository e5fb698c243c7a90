import { describeRemovedSince } from './removed-since.js'

describeRemovedSince('1.7.7')
