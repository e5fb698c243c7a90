// Mutations that follow from a seed, so that two processes judge the very same texts.

const ODD = '.=-_~*%+/ ,;"\\\t\u0000\u00e9AaZz09'

/** Mulberry32: small, and the same everywhere. */
export function createRandom(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return { below: (limit) => Math.floor(next() * limit), pick: (list) => list[Math.floor(next() * list.length)] }
}

const splice = (text, at, count, added) => text.slice(0, at) + added + text.slice(at + count)

const MUTATIONS = [
  (text, { below, pick }) => splice(text, below(text.length), 1, pick(ODD)),
  (text, { below, pick }) => splice(text, below(text.length), 1, pick(text)),
  (text, { below }) => splice(text, below(text.length), 1, ''),
  (text, { below, pick }) => splice(text, below(text.length + 1), 0, pick(ODD)),
  (text, { below }) => text.slice(0, below(text.length)),
  // The unused bits of the last character, of a segment or of all.
  (text, { pick }) => splice(text, text.length - 1, 1, pick('AEIMQUYcgkosw048BCD')),
  (text, { pick }) => {
    const separator = text.includes('*') ? '*' : '.'
    const parts = text.split(separator)
    const [one, two] = [parts.indexOf(pick(parts)), parts.indexOf(pick(parts))]
    ;[parts[one], parts[two]] = [parts[two], parts[one]]
    return parts.join(separator)
  },
  (text, { pick }) => text.replace(/[\w-]{3}(?=[.*])/, () => pick(['', 'AAA', 'e30', '___'])),
  (text, { below }) => {
    const at = below(text.length)
    const letter = text[at]
    return splice(text, at, 1, letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase())
  },
  (text, { pick }) => text + pick(['.', '=', '==', '.e30', '~2', '~1', '*', 'A', 'AAAA', '%00']),
  (text) => text,
]

/** One of `texts`, mutated up to three times; now and then it stays as it was. */
export function mutated(texts, random) {
  let text = random.pick(texts)
  for (let times = random.below(3) + 1; times > 0 && text.length > 0; times--)
    text = random.pick(MUTATIONS)(text, random)
  return text
}

/** What arrives: carriers end at a semicolon and lose spaces at the ends, and the layout of a seal is not part of it. */
export function asCarried(value, { cookie, password }) {
  if (cookie === undefined) return value.replace(/^[ \t]+|[ \t]+$/g, '')
  const arrived = value.split(';')[0].replace(/^[ \t]+|[ \t]+$/g, '')
  return password === undefined || arrived.endsWith('~2') ? arrived : `${arrived}~2`
}
