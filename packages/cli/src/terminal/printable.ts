/**
 * Characters that control a terminal, reverse the order of text, or are invisible. An id may contain them, and they
 * must not reach the screen.
 */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** One line of text, with such characters written as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** JSON of the same value with such characters escaped: they can occur only inside its strings. */
export function printableJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, null, indent).replace(STEERING, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  )
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Removes passwords from URLs, which people paste into the wrong place. */
export function withoutPasswords(text: string): string {
  return text.replace(/([a-z][a-z\d+.-]*:\/\/)\S*@/gi, '$1***@')
}
