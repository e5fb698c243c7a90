import identities from '../../sql/001-identities.sql'
import grantsAndKeys from '../../sql/002-grants-and-keys.sql'
import audit from '../../sql/003-audit.sql'
import policy from '../../sql/004-policy.sql'
import evidence from '../../sql/005-evidence.sql'
import migrationViews from '../../sql/006-migration-views.sql'
import workos from '../../sql/007-workos.sql'
import exchange from '../../sql/008-exchange.sql'
import exchangeRelation from '../../sql/011-exchange-relation.sql'
import auditLog from '../../sql/012-audit-log.sql'
import workosImport from '../../sql/009-workos-import.sql'
import importLedger from '../../sql/010-import.sql'

/** One numbered file of the schema `dualauth`. */
export interface SchemaFile {
  /** Files are applied in this order; a released file never changes. */
  readonly version: number
  /** Name in the package's folder `sql/`. */
  readonly name: string
  /** Several statements, which create what is missing and change nothing else. */
  readonly sql: string
}

/** The schema `dualauth`, file by file, to print or to pass to the application's migration tool. */
export const schemaFiles: readonly SchemaFile[] = Object.freeze([
  { version: 1, name: '001-identities.sql', sql: identities },
  { version: 2, name: '002-grants-and-keys.sql', sql: grantsAndKeys },
  { version: 3, name: '003-audit.sql', sql: audit },
  { version: 4, name: '004-policy.sql', sql: policy },
  { version: 5, name: '005-evidence.sql', sql: evidence },
  { version: 6, name: '006-migration-views.sql', sql: migrationViews },
  { version: 7, name: '007-workos.sql', sql: workos },
  { version: 8, name: '008-exchange.sql', sql: exchange },
  { version: 9, name: '009-workos-import.sql', sql: workosImport },
  { version: 10, name: '010-import.sql', sql: importLedger },
  { version: 11, name: '011-exchange-relation.sql', sql: exchangeRelation },
  { version: 12, name: '012-audit-log.sql', sql: auditLog },
])
