import { AshlarError, messageOf } from './ashlar-error.ts'
import { isObject } from './json.ts'
import type { ToolCallPart } from './message.ts'
import type { ToolCall, ToolOutcome } from './plugin.ts'
import type { RunContext } from './run.ts'
import { createRunStop, type RunStop } from './run-stop.ts'
import { type Checked, toChecked } from './schema-result.ts'
import type { Seams } from './seams.ts'
import { isToolContent } from './tool-content.ts'
import type { Tool, ToolContext, Tools } from './tool.ts'

/** What the calls of one step are answered with. */
export interface ToolSetting {
  readonly tools: Tools
  readonly seam: Seams['tool']
  readonly run: RunContext
  readonly stop: RunStop
  readonly step: number
  readonly timeoutMs: number
  readonly approvals: Readonly<Record<string, true | string>>
}

/** An error result for the model to read. */
export const failure = (output: string): Exclude<ToolOutcome, 'pending'> => ({ output, isError: true })

const toOutcome = (value: unknown): ToolOutcome => {
  if (typeof value === 'string') return { output: value }
  if (isToolContent(value)) return { output: value.output, content: value.content }
  return { output: JSON.stringify(value) ?? 'null' }
}

/** Run ids for children: the first is `base` itself, then `base:2`, … */
export const childIds = (base: string): (() => string) => {
  let children = 0
  return () => (++children === 1 ? base : `${base}:${children}`)
}

/** What a tool is given; most of it is made when the tool first asks. */
class CallContext implements ToolContext {
  readonly callId: string
  readonly idempotencyKey: string
  readonly report: (update: unknown) => void
  readonly #setting: ToolSetting
  #stop: RunStop | undefined
  #unfollow: (() => void) | undefined
  #run: RunContext | undefined
  constructor(callId: string, setting: ToolSetting, report: (update: unknown) => void) {
    this.callId = callId
    this.idempotencyKey = `${setting.run.runId}/${setting.step}/${callId}`
    this.report = report
    this.#setting = setting
  }
  /** Ends the call: with the run, or when its time is up. */
  get stop(): RunStop {
    if (!this.#stop) {
      const stop = (this.#stop = createRunStop([]))
      const { stop: outer } = this.#setting
      this.#unfollow = outer.on(() => stop.abort(outer.reason))
    }
    return this.#stop
  }
  get signal(): AbortSignal {
    return this.stop.signal
  }
  get run(): RunContext {
    const { run } = this.#setting
    const { stop } = this
    return (this.#run ??= {
      runId: run.runId,
      agent: run.agent,
      get signal() {
        return stop.signal
      },
      get state() {
        return run.state
      },
      childId: childIds(`${run.runId}/${this.callId}`),
    })
  }
  release(): void {
    this.#unfollow?.()
  }
}

/** How long a call may take, and what ends it. */
interface Time {
  readonly ms: number
  readonly call: CallContext
  readonly run: RunStop
}

const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  isObject(value) && typeof value['then'] === 'function'

const checkInput = async (tool: Tool, input: unknown, time: Time): Promise<Checked> => {
  if (typeof input === 'string' && tool.inputSchema['type'] === 'object')
    return { problem: 'the arguments are not valid JSON' }
  try {
    const result = tool.validate(input)
    return toChecked(isThenable(result) ? await inTime(result, time) : result)
  } catch (error) {
    if (time.run.aborted) throw error
    return { problem: `the check failed: ${messageOf(error)}` }
  }
}

const invalid = (name: string, problem: string): ToolOutcome =>
  failure(`Invalid input for ${name}: ${problem}. Correct the arguments and call it again.`)

/** Runs one call through the seam; throws only what must end the run. `report` is for progress. */
export const runTool = async (
  call: ToolCallPart,
  setting: ToolSetting,
  report: (update: unknown) => void,
): Promise<ToolOutcome> => {
  const { tools, step } = setting
  const verdict = setting.approvals[call.callId]
  if (typeof verdict === 'string') return failure(`The user denied this call: ${verdict}`)
  const tool = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined
  if (!tool)
    return failure(`Unknown tool "${call.name}". Available: ${Object.keys(tools).join(', ') || 'none'}.`)
  const context = new CallContext(call.callId, setting, report)
  const timeOf = ({ timeoutMs: ms = setting.timeoutMs }: Tool): Time => ({
    ms,
    call: context,
    run: setting.stop,
  })
  const checked = await checkInput(tool, call.input, timeOf(tool))
  if ('problem' in checked) {
    context.release()
    return invalid(call.name, checked.problem)
  }

  const execute = async (final: ToolCall): Promise<ToolOutcome> => {
    if (setting.stop.aborted) throw setting.stop.reason
    if (!final.tool.execute) return 'pending'
    const time = timeOf(final.tool)
    let input = final.input
    if (input !== checked.value) {
      const again = await checkInput(final.tool, input, time)
      if ('problem' in again) return invalid(call.name, again.problem)
      input = again.value
    }
    try {
      const work = final.tool.execute(input, final.context)
      if (!isThenable(work)) return toOutcome(work)
      return toOutcome(await inTime(work, time))
    } catch (error) {
      // Cut off by the end of the run: not an answer.
      if (setting.stop.aborted) throw error
      return failure(messageOf(error))
    }
  }
  try {
    const approved = verdict === true
    return await setting.seam({ call, tool, input: checked.value, step, approved, context }, execute)
  } finally {
    context.release()
  }
}

/** Longest delay a timer takes; more is no limit. */
const longestDelay = 2 ** 31 - 1

/** The work, or an error once its time is up or the run is over, whatever the tool makes of its signal. */
const inTime = <T>(work: PromiseLike<T>, { ms, call: { stop } }: Time): Promise<T> =>
  new Promise((resolve, reject) => {
    const expire = (): void => stop.abort(new AshlarError('tool-timeout', `Timed out after ${ms} ms`))
    const timer = ms > longestDelay ? undefined : setTimeout(expire, ms)
    const off = stop.on(() => {
      clearTimeout(timer)
      reject(stop.reason)
    })
    const end = (): void => {
      clearTimeout(timer)
      off()
    }
    work.then(
      (value) => {
        end()
        resolve(value)
      },
      (error) => {
        end()
        reject(error)
      },
    )
  })
