const variables = ['https_proxy', 'http_proxy', 'all_proxy']

const isSet = (name: string): boolean => Boolean(process.env[name] || process.env[name.toUpperCase()])

/** The proxy for this URL: the option, or what HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say. */
export const findProxy = async (
  url: URL,
  option: string | false | undefined,
): Promise<string | undefined> => {
  if (option === false) return undefined
  if (option !== undefined) return option
  if (!variables.some(isSet)) return undefined
  const { getProxyForUrl } = await import('proxy-from-env')
  return getProxyForUrl(url.href) || undefined
}
