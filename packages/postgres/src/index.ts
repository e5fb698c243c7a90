export type { Database, DatabaseClient, DatabaseCursor, DatabasePool, DatabaseResult } from './database/database.js'
export { embedded, type EmbeddedOptions } from './database/embedded.js'
export { lockFolder, type FolderUse } from './database/folder-lock.js'
export { openPrivateFile, type PrivateFile } from './database/private-file.js'
export { openDatabase, type OpenDatabaseOptions } from './database/open-database.js'
export { installSchema, printSchema } from './schema/install-schema.js'
export { schemaFiles, type SchemaFile } from './schema/schema-files.js'
export { accounts, type Accounts } from './accounts/accounts.js'
export type {
  AccountMembership,
  AccountWith,
  FieldValue,
  LinkedAccount,
  ReadAccount,
  ServiceAccount,
} from './accounts/account.js'
export type { AccountIdentity } from './accounts/account-identity.js'
export type { IdentityKey } from './accounts/identity-key.js'
export type {
  AccountsOptions,
  Counting,
  GrantsTable,
  MembershipsTable,
  NewColumns,
  OrganizationsTable,
  Provision,
  RoleColumn,
  RolesTable,
  UsersTable,
  VerifierRule,
} from './accounts/options.js'
export { listAudit, type AuditEntry } from './audit/list-audit.js'
export { postgresAudit } from './audit/postgres-audit.js'
export { cleanupScripts, type CleanupOptions, type CleanupScripts } from './cleanup/cleanup-scripts.js'
export { expandScripts, type ExpandScripts } from './cleanup/expand-scripts.js'
export type { Conflict, Conflicts, Resolution, ResolveOutcome } from './conflicts/conflicts.js'
export type { AccountGrant, Grants } from './grants/grants.js'
export type { AddLink, Decision, FindLink, IdentityLink, LinkOutcome, Links } from './links/links.js'
export type { MappedKind, MappedOrganization, OrganizationMap } from './organizations/organization-map.js'
export type { ApiKeyColumns, SpelledColumns, StoredApiKeysOptions } from './api-keys/key-columns.js'
export { storedApiKeys, type StoredApiKeys } from './api-keys/stored-api-keys.js'
export { postgresExchanges } from './exchanges/postgres-exchanges.js'
export { postgresEvidence, type PostgresEvidence } from './evidence/postgres-evidence.js'
export { readCriticalMismatches } from './evidence/critical-mismatches.js'
export { readRetireFacts } from './evidence/retire-facts.js'
export { importLedger } from './import-ledger/import-ledger.js'
export type {
  BeginRun,
  ClaimEntry,
  ClaimRules,
  ImportKind,
  ImportLedger,
  ImportRun,
  ImportState,
  LedgerItem,
  LedgerScope,
  ListedItem,
  RollbackItem,
  RollbackRules,
  Settled,
  Settlement,
} from './import-ledger/ledger-types.js'
export { policies } from './policy/policies.js'
export type { Policies, PolicyChange, StoredPolicy, WriteOutcome } from './policy/policies-types.js'
export { postgresPolicy, type Listen, type PostgresPolicyOptions } from './policy/postgres-policy.js'
export { quoteLiteral, quoteName, quoteTable } from './sql/quote.js'
export { workosSync, type WorkosSyncOptions } from './workos-sync/workos-sync.js'
