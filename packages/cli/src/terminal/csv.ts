/**
 * One record (RFC 4180). A spreadsheet takes what begins with `=` and the like for a formula, so that an id of a stranger would
 * be run where the file is opened: such a value gets an apostrophe in front, which spreadsheets do not show.
 */
export function csvRecord(values: readonly string[]): string {
  return `${values.map(fieldOf).join(',')}\r\n`
}

function fieldOf(value: string): string {
  // Spaces in front do not keep a spreadsheet from it, nor do the wide forms of Unicode.
  const inert = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n;\t']/.test(inert) || /^\s|\s$/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
