/**
 * Whether an address is in one of Clerk's lists. An address has none of the characters that may separate two of them.
 */
export function isListed(email: unknown, list: unknown): boolean {
  if (typeof email !== 'string' || typeof list !== 'string' || email.trim() === '') return false
  const wanted = email.trim().toLowerCase()
  return list.split(/[\s|,;]+/).some((one) => one.toLowerCase() === wanted)
}
