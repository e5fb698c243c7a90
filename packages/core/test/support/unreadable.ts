/** For `it.each`: what no text can be read from that names something. Absent and null are not among them: they name nothing. */
export const UNREADABLE_TEXTS: readonly [unknown][] = [
  {},
  { id: 'acme' },
  [],
  ['acme'],
  true,
  false,
  1.5,
  2 ** 53,
  7,
  '',
  'a\u0000b',
  'a\nb',
  'x'.repeat(256),
].map((value) => [value])

/** The same where a whole number is an id. */
export const UNREADABLE_IDS: readonly [unknown][] = UNREADABLE_TEXTS.filter(([value]) => value !== 7)
