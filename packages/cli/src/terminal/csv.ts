/**
 * One record (RFC 4180). A spreadsheet treats a value that begins with `=` or similar as a formula and would run an
 * attacker's id. Such a value gets a leading apostrophe, which spreadsheets do not show.
 */
export function csvRecord(values: readonly string[]): string {
  return `${values.map(fieldOf).join(',')}\r\n`
}

function fieldOf(value: string): string {
  // Spreadsheets also accept leading spaces and full-width forms.
  const inert = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n;\t']/.test(inert) || /^\s|\s$/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
