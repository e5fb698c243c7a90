// For the other packages of dualauth, so that all of them refuse a wrong option in the same words. Not for
// applications: it may change in any release, with the packages that use it.
export { claimReader, claimSource, type ClaimReader, type ClaimSource } from './claim-source.js'
export { DATE_TIME_FORM, dateTime, day, isDateTime } from './dates.js'
export { grant, grantOf, permission } from './grant.js'
export { optionError, parseOptions } from './options.js'
export { spelled, spelling, type Spelling } from './spelling.js'
export {
  between,
  functionOption,
  isObject,
  nonEmpty,
  object,
  text,
  verifierName,
  wholeBetween,
  withMethods,
} from './schemas.js'
