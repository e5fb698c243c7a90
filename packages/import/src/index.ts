export { createImport, type Ended, type Import } from './create-import.js'
export type { ImportOptions } from './options.js'
export type { Progress, StepCounts } from './engine/counts.js'
export type { Invite, InviteOptions, InviteReason } from './engine/invites.js'
export type { RollbackCounts, RollbackOptions } from './engine/rollback.js'
export type { VerifyCounts } from './engine/verify.js'
export type { Clock } from './pace/clock.js'
export type {
  ExternalIdentity,
  Group,
  Kind,
  Membership,
  Moment,
  Organization,
  PasswordHash,
  Person,
  RowOf,
} from './ports/rows.js'
export type {
  ImportRowGroup,
  ImportRowMembership,
  ImportRowOrganization,
  ImportRowPerson,
  ReadOptions,
  Source,
  UnreadableRow,
} from './ports/source.js'
export type {
  Checked,
  Created,
  Found,
  Item,
  ItemOf,
  Refs,
  Removal,
  Removed,
  Taken,
  Target,
  TargetCall,
  Updated,
} from './ports/target.js'
export { isTargetError, TargetError, type TargetErrorKind, type TargetErrorOptions } from './ports/target-error.js'
export { ndjsonReport, type NdjsonReport } from './report/ndjson-report.js'
export type { ReportRow } from './report/report-row.js'
export { PASSWORD_FORMATS, passwordFormatOf } from './rows/password-format.js'
export { ndjsonSource, type NdjsonFiles } from './sources/ndjson.js'
export { fileTarget, type FileTargetOptions } from './targets/file.js'
export { betterAuthTarget } from './targets/better-auth/better-auth-target.js'
export type { BetterAuthTargetOptions } from './targets/better-auth/options.js'
export type { PasswordJudge } from './targets/better-auth/password.js'
export type { FurtherColumns } from './targets/better-auth/records.js'
export type { ModelName } from './targets/better-auth/models.js'
export { workosTarget } from './targets/workos/workos-target.js'
export type { WorkosTargetOptions } from './targets/workos/options.js'
export { scimTarget } from './targets/scim/scim-target.js'
export type { ScimTargetOptions } from './targets/scim/options.js'
export { sqlSource, type SqlSourceOptions } from './sources/sql.js'
export { csvSource, type CsvFiles } from './sources/csv.js'
export { authJsSource, type AuthJsSourceOptions } from './sources/auth-js/auth-js-source.js'
export type { AuthJsModel } from './sources/auth-js/schema.js'
export { auth0Source, type Auth0SourceOptions } from './sources/auth0/auth0-source.js'
export { clerkSource, type ClerkSourceOptions } from './sources/clerk/clerk-source.js'
export { workosPackageSource, type WorkosPackageSourceOptions } from './sources/workos/workos-package-source.js'
