/** What a vendor says of an error, in whatever shape. */
export interface VendorError {
  readonly message?: string
  /** Its `code`, `type` and `status`, as far as they are words. */
  readonly names: readonly string[]
  /** An HTTP status inside the body. */
  readonly status?: number
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const words = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

const parsed = (body: unknown): unknown => {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

const fromText = (body: string): VendorError => {
  const message = words(body.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '))
  return { names: [], ...(message && { message }) }
}

/** The object that describes the error: the body, its `error`, or that of the response an event carries. */
const innermost = (body: Record<string, unknown>): Record<string, unknown> => {
  const { error, response } = body
  if (isObject(error)) return error
  return isObject(response) && isObject(response['error']) ? response['error'] : body
}

const messageOf = (body: Record<string, unknown>, error: Record<string, unknown>): string | undefined => {
  const { detail } = body
  const found =
    words(error['message']) ??
    words(body['message']) ??
    words(body['error']) ??
    words(detail) ??
    (detail === undefined ? undefined : JSON.stringify(detail))
  // OpenRouter wraps the words of the vendor behind it.
  const raw = isObject(error['metadata']) ? words(error['metadata']['raw']) : undefined
  return found && raw ? `${found}: ${raw}` : (found ?? raw)
}

/** Finds what there is in `{ error: { message, type, code } }` and all its relatives. */
export const readVendorError = (body: unknown): VendorError => {
  const value = parsed(body)
  if (typeof value === 'string') return fromText(value)
  if (Array.isArray(value)) return readVendorError(value[0])
  if (!isObject(value)) return { names: [] }
  const error = innermost(value)
  const { code, type, status } = error
  const message = messageOf(value, error)
  const embedded = Number(code)
  return {
    names: [code, type, status].flatMap((name) => words(name) ?? []),
    ...(message && { message }),
    ...(embedded >= 400 && embedded < 600 && { status: embedded }),
  }
}
