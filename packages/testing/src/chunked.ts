/** `name=value`, or `name.0=…; name.1=…` if the value is longer than a chunk. */
export function chunked(name: string, value: string, chunkSize: number): string {
  if (value.length <= chunkSize) return `${name}=${value}`
  const count = Math.ceil(value.length / chunkSize)
  const chunk = (index: number): string => value.slice(index * chunkSize, (index + 1) * chunkSize)
  return Array.from({ length: count }, (_, index) => `${name}.${index}=${chunk(index)}`).join('; ')
}
