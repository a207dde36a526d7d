import { ModelError } from '@ashlar/core'
import { ConnectionError } from '@ashlar/wire'

/** The same error, saying more. */
const saying = (error: ModelError, message: string): ModelError => {
  const { name: _, message: _message, code: _code, cause, ...facts } = error
  return new ModelError(message, facts, cause === undefined ? undefined : { cause })
}

const isMissingModel = ({ status, message }: ModelError): boolean =>
  status === 404 && /\bmodel\b.*\bnot found\b|\bnot found\b.*\bpull/i.test(message)

const unreachable = (error: ModelError): boolean =>
  error.kind === 'network' && ConnectionError.isInstance(error.cause) && !error.cause.sent

/** What to do about a failure where Ollama leaves that to the reader. */
const hintFor = (error: ModelError, address: string): string | undefined => {
  if (unreachable(error))
    return `Is Ollama running at ${address}? Start it with "ollama serve", or install it from https://ollama.com/download.`
  if (isMissingModel(error)) return `Get it with "ollama pull ${error.modelId}".`
  if (error.kind === 'context-overflow')
    return 'Ollama keeps a small window by default: raise it with the option contextLength.'
  return undefined
}

/** Adds to a failure's message what to do about it: start the server, pull the model, widen the window. */
export const withHint = (error: unknown, address: string): unknown => {
  const hint = ModelError.isInstance(error) ? hintFor(error, address) : undefined
  return hint && ModelError.isInstance(error) ? saying(error, `${error.message}. ${hint}`) : error
}
