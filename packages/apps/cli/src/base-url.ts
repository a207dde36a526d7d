import { CommandError } from './exit-code.ts'

/** Where a server is, and how one says there who one is. */
export interface BaseUrl {
  /** Without a user, a password and a slash at the end: it can be shown. */
  readonly url: string
  /** `authorization`, for a URL that had a user or a password. */
  readonly headers: Readonly<Record<string, string>>
}

/** Text with anything else than hexadecimal digits after a `%`, as it is. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Takes the user and the password out of a URL. */
export const splitUrl = (url: URL): BaseUrl => {
  const { username, password } = url
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  const words = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')
  return {
    url: bare.href.replace(/\/+$/, ''),
    headers: username || password ? { authorization: `Basic ${words}` } : {},
  }
}

/** The URL that a variable holds, if it is set. @throws CommandError naming the variable when it is no http URL */
export const baseUrlOf = (
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): BaseUrl | undefined => {
  const text = env[name]?.trim()
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return splitUrl(url)
  // Not the value: what is no URL may be a key that was pasted into the wrong variable.
  throw new CommandError('usage', `${name} is not a URL: write it as https://host/path, or unset it`)
}
