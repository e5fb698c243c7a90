import fc from 'fast-check'

/** Bytes that may stand in a field value (RFC 9110 section 5.5), Latin-1 included. */
export function headerText(maxLength = 200): fc.Arbitrary<string> {
  const character = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0x21, max: 0x7e }) },
    { weight: 1, arbitrary: fc.constantFrom(0x20, 0x09, 0x2e, 0x25, 0x3d, 0x3b, 0x2c, 0x22) },
    { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
  )
  return fc.array(character, { maxLength }).map((codes) => String.fromCharCode(...codes))
}

type Pair = readonly [name: string, value: string]
type Change = (pairs: readonly Pair[]) => readonly Pair[]

/** What stands between the parts of a JWT, a seal and a signed id. */
const BETWEEN = /([.*:~])/
const PARTS = ['', '0', 'AAAA', '__proto__', '%00', '%E0%A4%A', 'eyJhbGciOiJub25lIn0', 'x'.repeat(200)]

/**
 * A `Cookie` field, changed one to three times: cut and spliced, its parts exchanged, dropped or replaced, its cookies repeated,
 * dropped, reordered or renamed.
 */
export function mutatedCookies(genuine: string): fc.Arbitrary<string> {
  return fc
    .array(change(), { minLength: 1, maxLength: 3 })
    .map((changes) => fieldOf(changes.reduce((pairs, apply) => apply(pairs), pairsIn(genuine))))
}

/**
 * Whether the genuine credential still stands there, as a whole or in chunks: more spaces, quotes, another percent-encoding, or
 * the layout behind a seal change nothing of it.
 */
export function presents(genuine: string, mutated: string): boolean {
  const expected = valuesIn(genuine).filter(([name]) => !/\.\d$/.test(name))
  return valuesIn(mutated).some(([name, value]) => expected.some(([own, same]) => own === name && same === value))
}

function change(): fc.Arbitrary<Change> {
  const splice = fc.record({ at: fc.nat(), length: fc.nat(12), insert: headerText(8) })
  const part = fc.record({ at: fc.nat(), with: fc.oneof(fc.constantFrom(...PARTS), fc.nat()) })
  const name = fc.constantFrom<(name: string) => string>(
    (own) => own.toUpperCase(),
    (own) => `${own}.0`,
    (own) => `${own}.1`,
    (own) => own.replace(/\.\d$/, ''),
    (own) => `a${own}`,
  )
  const letter = fc.record({
    at: fc.nat(),
    length: fc.constant(1),
    insert: fc.constantFrom('A', 'a', '0', '9', '+', '_'),
  })
  return fc.oneof(
    // What keeps its form gets furthest.
    {
      weight: 4,
      arbitrary: fc.tuple(fc.nat(), letter).map(([at, how]) => onValue(at, (value) => spliced(value, how))),
    },
    fc.tuple(fc.nat(), splice).map(([at, how]) => onValue(at, (value) => spliced(value, how))),
    fc.tuple(fc.nat(), part).map(([at, how]) => onValue(at, (value) => replaced(value, how))),
    fc.nat().map((at) => onValue(at, encodeURIComponent)),
    fc.tuple(fc.nat(), name).map(([at, rename]) => onPair(at, ([own, value]) => [[rename(own), value]])),
    fc.tuple(fc.nat(), splice).map(([at, how]) => onPair(at, (pair) => [pair, [pair[0], spliced(pair[1], how)]])),
    fc.tuple(fc.nat(), splice).map(([at, how]) => onPair(at, (pair) => [[pair[0], spliced(pair[1], how)], pair])),
    fc.nat().map((at) => onPair(at, () => [])),
    fc.constant<Change>((pairs) => pairs.toReversed()),
    fc.constant<Change>((pairs) => pairs.map(([own], at) => [own, pairs[(at + 1) % pairs.length]?.[1] ?? ''])),
  )
}

function onPair(at: number, change: (pair: Pair) => readonly Pair[]): Change {
  return (pairs) => pairs.flatMap((pair, index) => (index === at % pairs.length ? change(pair) : [pair]))
}

function onValue(at: number, change: (value: string) => string): Change {
  return onPair(at, ([name, value]) => [[name, change(value)]])
}

function spliced(
  value: string,
  how: { readonly at: number; readonly length: number; readonly insert: string },
): string {
  const start = how.at % (value.length + 1)
  return value.slice(0, start) + how.insert + value.slice(start + how.length)
}

/** With a text, or with what stands in another place. */
function replaced(value: string, how: { readonly at: number; readonly with: string | number }): string {
  const parts = value.split(BETWEEN)
  const text = typeof how.with === 'string' ? how.with : (parts[how.with % parts.length] ?? '')
  return parts.with(how.at % parts.length, text).join('')
}

function pairsIn(field: string): readonly Pair[] {
  return field.split(';').flatMap((pair): readonly Pair[] => {
    const equals = pair.indexOf('=')
    return equals === -1 ? [] : [[trimmed(pair.slice(0, equals)), trimmed(pair.slice(equals + 1))]]
  })
}

function fieldOf(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('; ')
}

/** Every value, and what chunks make together. */
function valuesIn(field: string): readonly Pair[] {
  const pairs = pairsIn(field).map(([name, value]): Pair => [name, /^".*"$/s.test(value) ? value.slice(1, -1) : value])
  const ofFirst = pairs.flatMap(([name]) => (name.endsWith('.0') ? [name.slice(0, -2)] : []))
  const joined = ofFirst.map((name): Pair => [name, joinedOf(name, new Map(pairs))])
  return [...pairs, ...joined].map(([name, value]) => [name, decoded(value).replace(/~\d+$/, '')])
}

function joinedOf(name: string, values: ReadonlyMap<string, string>): string {
  let joined = ''
  for (let index = 0; values.has(`${name}.${index}`); index++) joined += values.get(`${name}.${index}`)
  return joined
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** Of space and tab only. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
