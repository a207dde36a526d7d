import { InvalidArgument } from '@ashlar/core'

/** Where Ollama listens unless it is told otherwise. */
const defaultPort = '11434'

/** A server listens on every address; a client has to name one. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', ''])

/** Host and port: `[::1]:80`, `::1`, `example.com`, `:11434`. */
const splitAddress = (address: string): { host: string; port: string | undefined } => {
  const bare = /^[\da-f]*:[\da-f:]*:[\da-f:.]*$/i.test(address)
  const match = bare ? null : /^(.*?)(?::(\d+))?$/.exec(address)
  return { host: bare ? `[${address}]` : (match?.[1] ?? address), port: match?.[2] }
}

/**
 * The address of a server, written the ways OLLAMA_HOST may be: `host`, `host:port`, `:port`, with `http://` or
 * `https://` (then port 80 or 443 by default) and with a path.
 * @throws InvalidArgument for what is no address
 */
export const toBaseURL = (text: string): string => {
  const [, scheme, address = '', path = ''] =
    /^(?:(https?):\/\/)?([^/]*)(\/.*)?$/i.exec(text.trim().replace(/^["']|["']$/g, '')) ?? []
  const { host, port = scheme ? undefined : defaultPort } = splitAddress(address)
  const named = everywhere.has(host) ? '127.0.0.1' : host
  const url = `${scheme?.toLowerCase() ?? 'http'}://${named}${port === undefined ? '' : `:${port}`}${path}`
  if (!URL.canParse(url)) throw new InvalidArgument('baseURL', 'the address of an Ollama server', text)
  return url.replace(/\/+$/, '')
}
