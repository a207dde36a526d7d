import { InvalidArgument } from '@ashlar/core'
import { token } from './answer-head.ts'
import type { HttpRequest } from './http.ts'

/** What every request to a URL begins with. */
export interface RequestTarget {
  readonly host: string
  /** The path with its query, or the whole URL where a proxy is asked for it. */
  readonly path: string
  readonly proxyAuthorization: string | undefined
}

/** What is outside of Latin-1, and control characters: a line break would begin another header. */
const unfit = /[^\t\u0020-\u007e\u0080-\u00ff]/
/** Where the message ends, and what becomes of the connection, is said here alone. */
const framing =
  /^(?:accept-encoding|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i

const headerLine = (name: string, value: string): string => {
  if (!token.test(name)) throw new InvalidArgument('headers', 'names of headers', name)
  // What it is stays unsaid: it may be a key that was read with its line break.
  if (unfit.test(value))
    throw new InvalidArgument(`headers.${name}`, 'Latin-1 without line breaks', 'another character')
  return `${name}: ${value}\r\n`
}

/**
 * The request line and the headers, with the empty line that ends them. Headers that frame the message or rule the
 * connection are left out of what is given: they are this transport's.
 * @throws InvalidArgument for a method, a name or a value that cannot be sent
 */
export const createHead = (
  { host, path, proxyAuthorization }: RequestTarget,
  { method, headers = {}, body }: Pick<HttpRequest, 'headers' | 'body'> & { readonly method: string },
): string => {
  // What answers a CONNECT is no HTTP any more.
  if (!token.test(method) || method === 'CONNECT')
    throw new InvalidArgument('method', 'an HTTP method, and not CONNECT', method)
  let head = `${method} ${path} HTTP/1.1\r\n`
  let isNamed = false
  let isHosted = false
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || framing.test(name)) continue
    const lower = name.toLowerCase()
    isNamed ||= lower === 'user-agent'
    isHosted ||= lower === 'host'
    head += headerLine(name, value)
  }
  if (!isHosted) head += `Host: ${host}\r\n`
  if (proxyAuthorization) head += `Proxy-Authorization: ${proxyAuthorization}\r\n`
  // Some vendors' firewalls refuse requests without one; browsers send their own.
  if (!isNamed) head += 'User-Agent: ashlar\r\n'
  if (body !== undefined || method !== 'GET') head += `Content-Length: ${Buffer.byteLength(body ?? '')}\r\n`
  return `${head}Accept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n`
}
