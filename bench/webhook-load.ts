import { connect, type Socket } from 'node:net'

/** What the load process is told by its parent. */
export interface LoadOrder {
  port: number
  /** One HTTP/1.1 request, written as it is. */
  request: string
  connections: number
  /** Requests in all; each connection sends its next one when its last was answered. */
  requests: number
}

/** What it tells when done. */
export interface LoadResult {
  durationMs: number
  /** How often each status came. */
  statuses: Record<string, number>
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result))
})

async function run({ port, request, connections, requests }: LoadOrder): Promise<LoadResult> {
  const statuses: Record<string, number> = {}
  let left = requests
  const bytes = Buffer.from(request)
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  // A sleeping reader would have to be woken by every write of the server, which would be charged to the server.
  let awake = true
  const stayAwake = () => awake && setImmediate(stayAwake)
  stayAwake()
  const started = performance.now()
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let seen = ''
          const next = () => {
            if (left-- <= 0) return resolve()
            socket.write(bytes)
          }
          socket.on('error', reject)
          socket.on('data', (chunk) => {
            seen += chunk.toString('latin1')
            const length = lengthOf(seen)
            if (length === undefined || seen.length < length) return
            const status = seen.slice(9, 12)
            statuses[status] = (statuses[status] ?? 0) + 1
            seen = seen.slice(length)
            next()
          })
          next()
        }),
    ),
  )
  const durationMs = performance.now() - started
  awake = false
  for (const socket of sockets) socket.destroy()
  return { durationMs, statuses }
}

// Length of the first whole response: announced, or of one chunk after the other up to the empty one.
function lengthOf(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const headers = text.slice(0, head)
  if (/\r\ntransfer-encoding: chunked/i.test(headers)) {
    const end = text.indexOf('0\r\n\r\n', head + 4)
    return end < 0 ? undefined : end + 5
  }
  const announced = /\r\ncontent-length: (\d+)/i.exec(headers)
  return head + 4 + Number(announced?.[1] ?? 0)
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}
