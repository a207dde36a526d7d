import {
  addUsage,
  type AgentEvent,
  noUsage,
  type RunContext,
  type ToolCall,
  type ToolOutcome,
} from '@ashlar/core'
import { type Attributes, type Context, context, type Span, SpanKind, trace } from '@opentelemetry/api'
import { usageAttributes } from './call-attributes.ts'
import { countedKey, type TracedCall } from './call-trace.ts'
import { aborted, errorTypeOf, markFailed } from './error-type.ts'
import type { Observer } from './observer.ts'
import type { RunPaths } from './run-paths.ts'
import type { StreamWatch } from './watched-stream.ts'

export interface RunTraceOptions {
  readonly observer: Observer
  readonly paths: RunPaths
  readonly attributes?: Attributes | undefined
}

interface Step {
  readonly number: number
  readonly span: Span
  readonly context: Context
}

/** The spans of one run: `invoke_agent`, in it the steps, and in each its model call and its tool calls. */
export class RunTrace implements StreamWatch<AgentEvent> {
  readonly context: Context
  readonly #run: RunContext
  readonly #observer: Observer
  readonly #paths: RunPaths
  readonly #span: Span
  readonly #began = performance.now()
  #step: Step | undefined
  #usage = noUsage
  #usd: number | undefined
  #ended = false
  #concluded = false

  constructor(run: RunContext, { observer, paths, attributes }: RunTraceOptions) {
    this.#run = run
    this.#observer = observer
    this.#paths = paths
    const { name, description } = run.agent
    const parent = paths.parentOf(run.runId)
    const own = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': name,
      'gen_ai.agent.description': description,
      'ashlar.run.id': run.runId,
    }
    const options = { kind: SpanKind.INTERNAL, attributes: { ...attributes, ...own } }
    this.#span = observer.tracer.startSpan(`invoke_agent ${name}`, options, parent)
    this.context = trace.setSpan(parent.deleteValue(countedKey), this.#span)
    paths.enter(run.runId, this.context)
  }
  /** A call of the step, as it is to be traced. */
  call(number: number, { model, request }: Pick<TracedCall, 'model' | 'request'>): TracedCall {
    const parent = this.#stepOf(number).context
    this.#span.setAttribute('gen_ai.provider.name', model.provider)
    const counted: TracedCall['counted'] = (usage, usd) => {
      this.#usage = addUsage(this.#usage, usage)
      if (usd !== undefined) this.#usd = (this.#usd ?? 0) + usd
    }
    return { model, request, parent, counted, abandoned: (reason) => this.fail(reason) }
  }
  async tool(call: ToolCall, next: (call: ToolCall) => Promise<ToolOutcome>): Promise<ToolOutcome> {
    const { tracer, content } = this.#observer
    const parent = this.#stepOf(call.step).context
    const { name, callId } = call.call
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.call.id': callId,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.description': call.tool.description,
      ...content.ofToolInput(call.input),
    }
    const span = tracer.startSpan(`execute_tool ${name}`, { kind: SpanKind.INTERNAL, attributes }, parent)
    const inside = trace.setSpan(parent, span)
    const path = `${this.#run.runId}/${callId}`
    const began = performance.now()
    this.#paths.enter(path, inside)
    let failure: string | undefined
    try {
      const outcome = await context.with(inside, () => next(call))
      if (outcome === 'pending') span.setAttribute('ashlar.tool.pending', true)
      else {
        span.setAttributes(content.ofToolResult(outcome.output))
        if (outcome.isError) markFailed(span, { type: (failure = 'tool-error') })
      }
      return outcome
    } catch (error) {
      failure = errorTypeOf(error, this.#run.signal)
      markFailed(span, { type: failure, message: content.ofError(error) })
      throw error
    } finally {
      this.#paths.leave(path)
      span.end()
      this.#measureTool(name, { began, failure })
    }
  }
  saw(event: AgentEvent): void {
    if (event.type !== 'run-end') return
    this.#concluded = true
    this.#span.setAttribute('ashlar.run.end_reason', event.result.reason)
  }
  fail(error: unknown): void {
    this.#end(errorTypeOf(error, this.#run.signal), this.#observer.content.ofError(error))
  }
  /** The run is over, or its reader left. */
  end(): void {
    this.#end(this.#concluded ? undefined : aborted)
  }
  #stepOf(number: number): Step {
    if (this.#step?.number === number) return this.#step
    this.#step?.span.end()
    const options = { kind: SpanKind.INTERNAL, attributes: { 'ashlar.step': number } }
    const span = this.#observer.tracer.startSpan(`step ${number}`, options, this.context)
    return (this.#step = { number, span, context: trace.setSpan(this.context, span) })
  }
  #measureTool(name: string, { began, failure }: { began: number; failure: string | undefined }): void {
    const attributes: Attributes = {
      'gen_ai.tool.name': name,
      'gen_ai.tool.type': 'function',
      'gen_ai.agent.name': this.#run.agent.name,
    }
    if (failure !== undefined) attributes['error.type'] = failure
    this.#observer.instruments.toolDuration.record(
      (performance.now() - began) / 1000,
      attributes,
      this.context,
    )
  }
  #end(failure?: string, message?: string): void {
    if (this.#ended) return
    this.#ended = true
    const spans = this.#step ? [this.#step.span, this.#span] : [this.#span]
    this.#span.setAttributes(usageAttributes(this.#usage))
    if (this.#usd !== undefined) this.#span.setAttribute('ashlar.cost.usd', this.#usd)
    for (const span of spans) {
      if (failure !== undefined) markFailed(span, { type: failure, message })
      span.end()
    }
    this.#paths.leave(this.#run.runId)
    const attributes: Attributes = { 'gen_ai.agent.name': this.#run.agent.name }
    if (failure !== undefined) attributes['error.type'] = failure
    this.#observer.instruments.agentDuration.record(
      (performance.now() - this.#began) / 1000,
      attributes,
      this.context,
    )
  }
}
