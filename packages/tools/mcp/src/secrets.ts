/** The secrets of one server, and texts without them. */
export interface Secrets {
  /** A value of the definition. One without a name is always a secret. */
  add(value: string, name?: string): void
  /** For errors, logs and events: every value that may be a secret is replaced by `[secret]`. */
  hide(text: string): string
  /** For results, which a model works with: only what is named like a secret or looks like one is replaced. */
  hideLikely(text: string): string
}

const secretName =
  /key|token|secret|pass|pwd|auth|cred|cookie|session|private|signature|dsn|connection|cert|bearer/i
const plainValue =
  /^(?:true|false|yes|no|on|off|null|none|production|development|test|debug|info|warn|error|\d{1,6})$/i
const pathLike = /^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:\\)[^\s=@]*$/
const plainUrl = /^https?:\/\/[^@?#\s]*$/i
const tokenLike = /^(?=.*\d)(?=.*[A-Za-z])\S{16,}$/

/** Shorter values are words and numbers that texts are full of. */
const shortest = 4
const shortestUnnamed = 8

const isHarmless = (value: string): boolean =>
  value.length < shortest || plainValue.test(value) || pathLike.test(value) || plainUrl.test(value)

const isLikely = (value: string, name: string | undefined): boolean =>
  name === undefined || secretName.test(name) || tokenLike.test(value)

/** As it is, and as it stands inside JSON or a URL. `Bearer x` hides `x` too. */
const formsOf = (value: string): string[] => {
  const words = value.split(/\s+/).filter((word) => word.length >= shortestUnnamed)
  return [value, ...words].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
  ])
}

/** The longest first: a secret may be part of another. */
const merge = (forms: readonly string[], value: string): string[] =>
  [...new Set([...forms, ...formsOf(value)])].toSorted((a, b) => b.length - a.length)

const replaceAll = (text: string, forms: readonly string[]): string => {
  let shown = text
  for (const form of forms) if (shown.includes(form)) shown = shown.replaceAll(form, '[secret]')
  return shown
}

/** Keeps what a definition holds in `env`, headers and expanded variables out of what is shown. */
export const createSecrets = (): Secrets => {
  let possible: string[] = []
  let likely: string[] = []
  return {
    add: (value, name) => {
      const isNamed = name !== undefined && secretName.test(name)
      if (value.length < shortest || plainValue.test(value) || (!isNamed && isHarmless(value))) return
      if (isLikely(value, name)) likely = merge(likely, value)
      if (isLikely(value, name) || value.length >= shortestUnnamed) possible = merge(possible, value)
    },
    hide: (text) => replaceAll(text, possible),
    hideLikely: (text) => replaceAll(text, likely),
  }
}
