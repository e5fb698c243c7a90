/** Judges credential number `index` of those it was made for; throws, or rejects, when it refuses. */
export type Judge = (index: number) => unknown

/** Anything that is handed over ahead, such as decoding for the raw primitive, happens in here. */
export type Contender = (credentials: readonly string[]) => Judge | Promise<Judge>

/** Speed of what lets the wrong ones in is worth nothing. */
export async function assertJudges(name: string, contender: Contender, sound: string, forged: string): Promise<void> {
  const judge = await contender([sound, forged])
  await judge(0)
  let refused = false
  try {
    await judge(1)
  } catch {
    refused = true
  }
  if (!refused) throw new Error(`${name}: lets a tampered credential in`)
}
