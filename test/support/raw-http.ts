import { once } from 'node:events'
import { connect } from 'node:net'

/** One exchange over a bare socket: writes piece by piece, and returns all that comes back until the server closes. */
export async function exchange(port: number, ...pieces: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString('utf8')
  })
  socket.on('error', () => {})
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await closed
  return answer
}

/** The head of a POST request, to be followed by its body. */
export function requestHead(headers: Record<string, string>, path = '/'): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${path} HTTP/1.1\r\nhost: x\r\n${lines.join('')}\r\n`
}
