import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isObject } from '@ashlar/core'
import type { Route } from './route.ts'
import type { WireDialect, WireEndpoint } from './wire-answer.ts'

/** One request as the server saw it, and how far its answer came. */
export interface WireRecord {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Absent when the server does not know the path. */
  readonly dialect: WireDialect | undefined
  readonly endpoint: WireEndpoint | undefined
  readonly rawBody: string
  /** The parsed body; an empty object when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>
  /** The status sent; 0 before the headers. */
  readonly status: number
  /** Bytes of the body that were handed to the socket. */
  readonly bytesSent: number
  /** The client closed the connection before the answer was complete. */
  readonly aborted: boolean
}

/** A record the server still writes to. */
export interface OpenRecord extends WireRecord {
  rawBody: string
  body: Readonly<Record<string, unknown>>
  status: number
  bytesSent: number
  aborted: boolean
  /** The script itself broke the answer off. */
  broken: boolean
  /** The body is a JSON object. */
  isJson: boolean
  /** Takes in the body. */
  take(rawBody: string): void
}

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The record of a request whose headers have arrived. */
export const beginRecord = (incoming: IncomingMessage, route: Route | undefined): OpenRecord => {
  const record: OpenRecord = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: incoming.headers,
    dialect: route?.dialect,
    endpoint: route?.endpoint,
    rawBody: '',
    body: {},
    status: 0,
    bytesSent: 0,
    aborted: false,
    broken: false,
    isJson: false,
    take(rawBody) {
      record.rawBody = rawBody
      const parsed = parse(rawBody)
      record.body = parsed ?? {}
      record.isJson = parsed !== undefined
    },
  }
  return record
}
