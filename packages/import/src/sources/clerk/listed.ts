/** Whether an address is in a list of Clerk's. An address has none of the letters that may stand between two of them. */
export function isListed(email: unknown, list: unknown): boolean {
  if (typeof email !== 'string' || typeof list !== 'string' || email.trim() === '') return false
  const wanted = email.trim().toLowerCase()
  return list.split(/[\s|,;]+/).some((one) => one.toLowerCase() === wanted)
}
