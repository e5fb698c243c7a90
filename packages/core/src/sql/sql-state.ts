/** Why a database refused, as the five characters of SQLSTATE; null if no driver says so. */
export function sqlStateOf(error: unknown): string | null {
  // Drizzle and others wrap the error of the driver.
  for (let one = error, depth = 0; typeof one === 'object' && one !== null && depth < 4; depth++) {
    const { code, meta, cause } = one as { code?: unknown; meta?: { code?: unknown }; cause?: unknown }
    // Prisma has codes of its own, and the database's beside them.
    for (const candidate of [meta?.code, code])
      if (typeof candidate === 'string' && /^[\dA-Z]{5}$/.test(candidate) && !/^P2\d{3}$/.test(candidate))
        return candidate
    one = cause
  }
  return null
}
