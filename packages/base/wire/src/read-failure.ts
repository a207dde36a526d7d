import type { ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import type { HttpResponse } from './http.ts'
import { toModelError } from './model-error.ts'

const maxErrorBytes = 64 * 1024

const bodyOf = (response: HttpResponse): Promise<string> => {
  if (response.status >= 400) return response.text(maxErrorBytes)
  response.destroy()
  const to = response.headers['location'] ?? 'nowhere'
  return Promise.resolve(`redirects are not followed, set baseURL to the final address: ${to}`)
}

/** An answer that is no success as a `ModelError` with the vendor's words, at most 64 KiB of them read. */
export const readFailure = async (response: HttpResponse, caller: ApiCaller): Promise<ModelError> => {
  const { status, headers } = response
  // The status says enough where the body does not come.
  const body = await bodyOf(response).catch(() => '')
  return toModelError({ ...caller, status, headers, body })
}
