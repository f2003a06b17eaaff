/**
 * The bytes of a body, of whatever length was announced; undefined when they are more than `maxBytes`, and then the rest
 * is not read.
 *
 * @throws what the stream fails with, such as when the request was aborted.
 */
export async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return joined(chunks, length)
    length += value.byteLength
    if (length > maxBytes) {
      // Not waited for: a source that hangs would hang the answer too.
      void reader.cancel().catch(() => undefined)
      return undefined
    }
    chunks.push(value)
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = chunks
  if (chunks.length === 1 && only) return only
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}
