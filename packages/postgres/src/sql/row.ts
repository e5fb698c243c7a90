/** One row as drivers hand it out, by column. */
export type Row = Readonly<Record<string, unknown>>
