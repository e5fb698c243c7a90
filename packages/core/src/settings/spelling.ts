import * as z from 'zod/mini'

/** How a table's columns are named after fields: `camelCase` (Kysely, Prisma), `snake_case` (Drizzle's generator). */
export type Spelling = 'camelCase' | 'snake_case'

/** The schema of a `Spelling`. */
export const spelling: z.ZodMiniType<Spelling> = z.enum(['camelCase', 'snake_case'])

/** The column of a field. */
export function spelled(field: string, as: Spelling): string {
  return as === 'camelCase' ? field : field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
