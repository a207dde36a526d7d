import { exchangeFetch } from './fetch-exchange.ts'
import type { HttpClient, HttpClientOptions } from './http.ts'

/** A client over the platform's `fetch`, for browsers and edge workers; connections are the platform's business. */
export const createHttpClient = (options: HttpClientOptions = {}): HttpClient => ({
  send: ({ url, method, headers, body = null, signal, deadline }) =>
    exchangeFetch({
      ...options,
      signal,
      deadline,
      send: (own) =>
        fetch(url, {
          method: method ?? (body === null ? 'GET' : 'POST'),
          headers: { ...headers },
          body,
          signal: own,
          redirect: 'manual',
        }),
    }),
  close: () => undefined,
})
