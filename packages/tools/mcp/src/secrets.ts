/** The secrets of one server, and texts without them. */
export interface Secrets {
  /** Values that must not be shown. Names tell `HOME` from `API_TOKEN`; a value without a name always counts. */
  add(value: string, name?: string): void
  /** The text with every secret replaced by `[secret]`. */
  hide(text: string): string
}

const secretName =
  /key|token|secret|pass|pwd|auth|cred|cookie|session|private|signature|dsn|connection|cert|bearer/i
const plainValue =
  /^(?:true|false|yes|no|on|off|null|none|production|development|test|debug|info|warn|error|\d{1,6})$/i
const pathLike = /^(?:\/|~\/|\.{1,2}\/|[A-Za-z]:\\)[^\s=@]*$/
const plainUrl = /^https?:\/\/[^@?#\s]*$/i

/** Shorter values are words and numbers that answers are full of. */
const shortest = 4
const shortestUnnamed = 8

const isSecret = (value: string, name: string | undefined): boolean => {
  if (value.length < shortest || plainValue.test(value)) return false
  if (name === undefined || secretName.test(name)) return true
  return value.length >= shortestUnnamed && !pathLike.test(value) && !plainUrl.test(value)
}

/** As it is, and as it stands inside JSON or a URL. `Bearer x` hides `x` too. */
const formsOf = (value: string): string[] => {
  const words = value.split(/\s+/).filter((word) => word.length >= shortestUnnamed)
  return [value, ...words].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
  ])
}

/** Keeps what a definition holds in `env`, headers and expanded variables out of everything that is shown. */
export const createSecrets = (): Secrets => {
  let forms: string[] = []
  return {
    add: (value, name) => {
      if (!isSecret(value, name)) return
      // The longest first: a secret may be part of another.
      forms = [...new Set([...forms, ...formsOf(value)])].toSorted((a, b) => b.length - a.length)
    },
    hide: (text) => {
      let shown = text
      for (const form of forms) if (shown.includes(form)) shown = shown.replaceAll(form, '[secret]')
      return shown
    },
  }
}
