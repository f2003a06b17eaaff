/**
 * Returns the bytes of a request's body, or undefined when they are more than `maxBytes`: the rest is then not read.
 *
 * @param abandoned - ends the reading of a body whose length was not announced.
 * @throws what the stream fails with, such as when the connection was lost.
 */
export async function readBytes(
  request: Request,
  maxBytes: number,
  abandoned?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const announced = request.headers.get('content-length')
  if (Number(announced) > maxBytes) return undefined
  // The server holds a body to its announced length. Reading it whole spares a stream, which costs several times more.
  if (announced !== null) {
    const bytes = new Uint8Array(await request.arrayBuffer())
    // HTTP/2 may have brought more than it announced.
    return bytes.length > maxBytes ? undefined : bytes
  }
  if (!request.body) return new Uint8Array()
  const reader = request.body.getReader()
  abandoned?.addEventListener('abort', () => void reader.cancel().catch(() => undefined))
  return readChunks(reader, maxBytes)
}

/**
 * Returns the bytes of a stream, or undefined when they are more than `maxBytes`: the rest is then not read.
 *
 * @throws what the stream fails with, such as when the request was aborted.
 */
export async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  let bytes = new Uint8Array()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.subarray(0, length)
    // The length of anything else would be unknown, and no limit would hold.
    if (!ArrayBuffer.isView(value)) throw new TypeError('The body is no stream of bytes')
    if (length + value.byteLength > maxBytes) {
      // Not waited for: a source that hangs would hang the answer too.
      void reader.cancel().catch(() => undefined)
      return undefined
    }
    // Copied, not collected: a body in pieces of one byte would take a hundred times its size.
    if (length + value.byteLength > bytes.length) bytes = grown(bytes, length + value.byteLength, maxBytes)
    bytes.set(value, length)
    length += value.byteLength
  }
}

function grown(bytes: Uint8Array, needed: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, Math.min(2 * bytes.length, maxBytes)))
  larger.set(bytes)
  return larger
}
