import type { ServerResponse } from 'node:http'
import { type Clock, wait } from '@ashlar/core/clock'
import { defaultUsage, playTurn } from '../turn.ts'
import { anthropic } from './anthropic.ts'
import { kindOfStatus, messageOf, notJson } from './default-failure.ts'
import type { Dialect, Failure, Reply } from './dialect.ts'
import { ollama } from './ollama.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import type { Route } from './route.ts'
import { sendBody, type SendOptions } from './send-body.ts'
import { countTokensBody, embedBody, modelsBody } from './side-body.ts'
import type { WireAnswer, WireDialect, WireFault } from './wire-answer.ts'
import type { OpenRecord } from './wire-record.ts'

const dialects: Readonly<Record<WireDialect, Dialect>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  anthropic,
  ollama,
}

export interface Job {
  readonly record: OpenRecord
  readonly response: ServerResponse
  readonly route: Route | undefined
  readonly answer: WireAnswer | undefined
  /** Of the request, from 1: the number in its default ids. */
  readonly number: number
  readonly models: readonly string[]
  readonly clock: Clock
}

interface Payload {
  readonly type: string
  readonly frames: string[]
}

const json = (value: object): Payload => ({ type: 'application/json', frames: [JSON.stringify(value)] })

const generated = ({ record, number }: Job, answer: WireAnswer, dialect: Dialect): Payload => {
  let calls = 0
  const turn = playTurn(answer, { usage: defaultUsage, nextCallId: () => `call_${number}_${++calls}` })
  const reply: Reply = {
    turn,
    id: answer.id ?? `${dialect.idPrefix}${number}`,
    model: answer.model ?? String(record.body['model']),
    signature: answer.signature ?? `signature_${number}`,
    reasoningField: answer.reasoningField ?? 'reasoning_content',
    request: record.body,
  }
  return dialect.isStream(record.body)
    ? { type: dialect.streamType, frames: dialect.frames(reply) }
    : json(dialect.body(reply))
}

const payloadOf = (job: Job, route: Route, answer: WireAnswer): Payload => {
  const { record, models } = job
  if (route.endpoint === 'embed') return json(embedBody(route.dialect, record.body, answer))
  if (route.endpoint === 'count-tokens') return json(countTokensBody(route.dialect, answer))
  if (route.endpoint === 'models') return json(modelsBody(route.dialect, record.path, models))
  return generated(job, answer, dialects[route.dialect])
}

/** Puts a malformed or an error frame into a good answer. */
const spoil = (
  { type, frames }: Payload,
  fault: WireFault | undefined,
  { dialect, failure }: { dialect: Dialect; failure: Failure },
): string[] => {
  if (fault === undefined) return frames
  if ('malformedFrame' in fault)
    return frames.with(
      Math.min(fault.malformedFrame, frames.length - 1),
      fault.text ?? dialect.malformedFrame,
    )
  if (!('errorFrame' in fault)) return frames
  if (type === 'application/json') return [fault.text ?? JSON.stringify(dialect.failureBody(failure))]
  const before = frames.slice(0, fault.errorFrame)
  return [...before, fault.text ?? dialect.failureFrame(failure, before.length)]
}

const failureOf = (job: Job, route: Route, requestId: string): Failure => {
  const fault = job.answer?.fault
  const status = fault && 'status' in fault ? fault.status : 200
  const model = String(job.record.body['model'])
  const named = fault && ('status' in fault || 'errorFrame' in fault) ? fault : undefined
  const kind = named?.kind ?? (status === 200 ? 'overloaded' : kindOfStatus(status))
  return {
    status,
    kind,
    message: named?.message ?? messageOf(kind, { dialect: route.dialect, status, model }),
    requestId,
  }
}

/** Answers one request: in the vendor's shape, at the pace and with the fault the script gives it. */
export const answerRequest = async (job: Job): Promise<void> => {
  const { record, route } = job
  if (!route) return refuse(job, 404, `The wire server does not know ${record.method} ${record.path}.`)
  if (record.method === 'POST' && !record.isJson) return refuseBody(job, route)
  if (!job.answer && route.endpoint === 'generate')
    return refuse(job, 400, `The wire server has no answer left for ${record.path}: enqueue() one more.`)
  const left = new AbortController()
  job.response.once('close', () => left.abort())
  const pause = (milliseconds: number): Promise<void> =>
    wait(milliseconds, { clock: job.clock, signal: left.signal })
  await deliver(job, route, { answer: job.answer ?? {}, pause })
}

const deliver = async (
  job: Job,
  route: Route,
  { answer, pause }: { answer: WireAnswer } & Pick<SendOptions, 'pause'>,
): Promise<void> => {
  const { record, response, number } = job
  const { fault } = answer
  const dialect = dialects[route.dialect]
  const requestId = answer.requestId ?? `req_${number}`
  const failure = failureOf(job, route, requestId)
  const headers = { ...dialect.headers(requestId, answer.rateLimit ?? {}), ...answer.headers }
  const pace = { everyMs: answer.deltaDelayMs ?? 0, ...answer.pace }
  const onBytes = (bytes: number): void => void (record.bytesSent += bytes)

  if (answer.delayMs) await pause(answer.delayMs)
  if (fault && 'status' in fault) {
    record.status = fault.status
    const { body = dialect.failureBody(failure) } = fault
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? 'text/plain' : 'application/json'
    response.writeHead(fault.status, { 'content-type': type, ...headers, ...fault.headers })
    return sendBody(response, [text], { pace, pause, onBytes })
  }
  const payload = payloadOf(job, route, answer)
  const stop = fault && 'stop' in fault ? fault : undefined
  record.broken = stop !== undefined && stop.stop !== 'hang'
  record.status = 200
  response.writeHead(200, { 'content-type': payload.type, 'cache-control': 'no-cache', ...headers })
  const frames = spoil(payload, fault, { dialect, failure })
  await sendBody(response, answer.rewrite?.(frames) ?? frames, { pace, stop, pause, onBytes })
}

/** As vendors answer a body that is no JSON object. */
const refuseBody = async ({ record, response, number }: Job, route: Route): Promise<void> => {
  const dialect = dialects[route.dialect]
  const requestId = `req_${number}`
  const message = notJson[route.dialect]
  record.status = 400
  response
    .writeHead(400, { 'content-type': 'application/json', ...dialect.headers(requestId, {}) })
    .end(JSON.stringify(dialect.failureBody({ status: 400, kind: 'bad-request', message, requestId })))
}

const refuse = async ({ record, response }: Job, status: number, message: string): Promise<void> => {
  record.status = status
  const error = { message, type: 'invalid_request_error', param: null, code: null }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
}
