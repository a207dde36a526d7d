import { ConnectionError } from './connection-error.ts'

const read = (name: string): string => process.env[name] || process.env[name.toUpperCase()] || ''

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

const toProxyUrl = (text: string): URL => {
  // `proxy.corp:8080` means http, as in curl.
  const href = text.includes('://') ? text : `http://${text}`
  const url = URL.canParse(href) ? new URL(href) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  const shown = text.replace(/\/\/[^@/]*@/, '//…@')
  throw new ConnectionError(`expected an http or https proxy, received ${shown}`, {
    code: 'network',
    phase: 'connect',
    sent: false,
  })
}

/**
 * The proxy for this URL: the option, or what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say, which never
 * concern this machine itself.
 * @throws ConnectionError when it is no http or https proxy
 */
export const findProxy = async (url: URL, option: string | false | undefined): Promise<URL | undefined> => {
  if (option === false) return undefined
  if (option !== undefined) return toProxyUrl(option)
  const proxy = read(`${url.protocol.slice(0, -1)}_proxy`) || read('all_proxy')
  if (proxy === '' || isLoopback(url.hostname)) return undefined
  const { getProxyForUrl } = await import('proxy-from-env')
  return getProxyForUrl(url.href) ? toProxyUrl(proxy) : undefined
}
