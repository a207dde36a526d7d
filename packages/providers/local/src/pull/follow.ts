import { AshlarError } from '@ashlar/core'
import type { HttpClient, HttpResponse } from '@ashlar/wire'

export interface FollowOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

const maxRedirects = 5

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status)

/** Where a redirect leads. @throws AshlarError when it leads away from encryption, or nowhere */
const nextUrl = (from: URL, location: string | undefined): URL => {
  const refuse = (why: string): AshlarError =>
    new AshlarError('bad-redirect', `${from.href} redirects ${why}`)
  if (location === undefined) throw refuse('without saying where to')
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (!to || !['http:', 'https:'].includes(to.protocol))
    throw refuse(`to ${location}, which is no web address`)
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refuse(`from https to http (${location})`)
  return to
}

/** Credentials stay with the origin they were meant for. */
const withoutSecrets = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())),
  )

/** Sends a GET and follows up to five redirects. @throws AshlarError for a redirect that is not to be followed */
export const follow = async (
  client: HttpClient,
  address: string,
  options: FollowOptions,
): Promise<HttpResponse> => {
  let url = new URL(address)
  let { headers } = options
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await client.send({ url: url.href, headers, signal: options.signal })
    if (!isRedirect(response.status)) return response
    response.destroy()
    const to = nextUrl(url, response.headers['location'])
    if (to.origin !== url.origin) headers = withoutSecrets(headers)
    url = to
  }
  throw new AshlarError('bad-redirect', `${address} redirects more than ${maxRedirects} times`)
}
