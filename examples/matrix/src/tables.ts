import { PGlite } from '@electric-sql/pglite'
import type { Query } from '@dualauth/core'
import type { BetterAuthApiKeyRow } from '@dualauth/testing'

/** Better Auth's own tables of API keys and users, in an embedded PostgreSQL. */
export async function openApiKeyTables() {
  const database = await PGlite.create()
  await database.exec(`
    CREATE TABLE "user" (id text PRIMARY KEY, email text, banned boolean, "banExpires" timestamptz);
    CREATE TABLE apikey (
      id text PRIMARY KEY, "configId" text, name text, start text, prefix text, key text NOT NULL,
      "referenceId" text NOT NULL, "refillInterval" integer, "refillAmount" integer, "lastRefillAt" timestamptz,
      enabled boolean, "rateLimitEnabled" boolean, "rateLimitTimeWindow" integer, "rateLimitMax" integer,
      "requestCount" integer, remaining integer, "lastRequest" timestamptz, "expiresAt" timestamptz,
      "createdAt" timestamptz, "updatedAt" timestamptz, permissions text, metadata text
    );
    INSERT INTO "user" (id, email, banned) VALUES ('ada', 'ada@example.com', false);
  `)
  let down = false
  let queries = 0
  const query: Query = async (sql, params) => {
    queries++
    if (down) throw new Error('the database is down')
    return (await database.query(sql, [...params])).rows as Record<string, unknown>[]
  }
  return {
    query,
    queries: () => queries,
    async add(row: BetterAuthApiKeyRow) {
      const columns = Object.keys(row)
      const names = columns.map((column) => `"${column}"`).join(', ')
      const places = columns.map((_, index) => `$${index + 1}`).join(', ')
      await database.query(`INSERT INTO apikey (${names}) VALUES (${places})`, Object.values(row))
    },
    breakDown: (broken: boolean) => void (down = broken),
    close: () => database.close(),
  }
}
