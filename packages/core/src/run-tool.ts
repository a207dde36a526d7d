import type { Limits } from './limits.ts'
import type { ToolCallPart } from './message.ts'
import type { ToolCall, ToolOutcome } from './plugin.ts'
import type { RunContext } from './run.ts'
import type { RunStop } from './run-stop.ts'
import { type Checked, toChecked } from './schema-result.ts'
import type { Seams } from './seams.ts'
import type { ToolContent } from './tool-content.ts'
import type { Tool, ToolContext, Tools } from './tool.ts'

/** What the calls of one step are answered with; what this module shares with those loaded at once is in it. */
export interface ToolSetting {
  readonly tools: Tools
  readonly seam: Seams['tool']
  readonly runId: string
  /** The run as the tool of a call sees it. */
  readonly contextOf: (callId: string, stop: RunStop) => RunContext
  readonly messageOf: (thrown: unknown) => string
  readonly stop: RunStop
  readonly step: number
  readonly limits: Pick<Required<Limits>, 'toolTimeoutMs' | 'parallelCalls' | 'callsPerTurn'>
  readonly approvals: Readonly<Record<string, true | string>>
}

/** An error result for the model to read. */
export const failure = (output: string): Exclude<ToolOutcome, 'pending'> => ({ output, isError: true })

/** By its brand, which `tool-content.ts` sets: sharing that module would load it at once. */
const isToolContent = (value: unknown): value is ToolContent =>
  typeof value === 'object' && value !== null && Symbol.for('ashlar.tool-content') in value

const toOutcome = (value: unknown): ToolOutcome => {
  if (typeof value === 'string') return { output: value }
  if (isToolContent(value)) return { output: value.output, content: value.content }
  return { output: JSON.stringify(value) ?? 'null' }
}

/** What a tool is given; most of it is made when the tool first asks. */
class CallContext implements ToolContext {
  readonly callId: string
  readonly idempotencyKey: string
  readonly report: (update: unknown) => void
  readonly #setting: ToolSetting
  #stop: RunStop | undefined
  #run: RunContext | undefined
  constructor(callId: string, setting: ToolSetting, report: (update: unknown) => void) {
    this.callId = callId
    this.idempotencyKey = `${setting.runId}/${setting.step}/${callId}`
    this.report = report
    this.#setting = setting
  }
  /** Ends the call: with the run, or when its time is up. */
  get stop(): RunStop {
    return (this.#stop ??= this.#setting.stop.fork())
  }
  get signal(): AbortSignal {
    return this.stop.signal
  }
  get run(): RunContext {
    return (this.#run ??= this.#setting.contextOf(this.callId, this.stop))
  }
  release(): void {
    this.#stop?.release()
  }
}

/** How long a call may take, and what ends it. */
interface Time {
  readonly ms: number
  readonly call: CallContext
  readonly setting: ToolSetting
}

const isThenable = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

const checkInput = async (tool: Tool, input: unknown, time: Time): Promise<Checked> => {
  const { stop, messageOf } = time.setting
  if (typeof input === 'string' && tool.inputSchema['type'] === 'object')
    return { problem: 'the arguments are not valid JSON' }
  try {
    const result = tool.validate(input)
    return toChecked(isThenable(result) ? await inTime(result, time) : result)
  } catch (error) {
    if (stop.aborted) throw error
    return { problem: `the check failed: ${messageOf(error)}` }
  }
}

const invalid = (name: string, problem: string): ToolOutcome =>
  failure(`Invalid input for ${name}: ${problem}. Correct the arguments and call it again.`)

/** A tool that only says that its call was denied, so that hooks see what the model is told and run nothing. */
const refusing = (tool: Tool, denial: string): Tool => ({
  ...tool,
  annotations: { readOnly: true, destructive: false, idempotent: true },
  validate: (value) => ({ value }),
  execute: async () => {
    throw new Error(denial)
  },
})

/** Runs one call through the seam; throws only what must end the run. `report` is for progress. */
export const runTool = async (
  call: ToolCallPart,
  setting: ToolSetting,
  report: (update: unknown) => void,
): Promise<ToolOutcome> => {
  const { tools, step } = setting
  const verdict = setting.approvals[call.callId]
  const known = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined
  if (!known)
    return failure(`Unknown tool "${call.name}". Available: ${Object.keys(tools).join(', ') || 'none'}.`)
  const denial =
    typeof verdict === 'string' ? `The user denied this call${verdict && `: ${verdict}`}` : undefined
  const tool = denial === undefined ? known : refusing(known, denial)
  const context = new CallContext(call.callId, setting, report)
  const timeOf = ({ timeoutMs: ms = setting.limits.toolTimeoutMs }: Tool): Time => ({
    ms,
    call: context,
    setting,
  })
  const checked = await checkInput(tool, call.input, timeOf(tool))
  if ('problem' in checked) {
    context.release()
    return invalid(call.name, checked.problem)
  }

  const execute = async (final: ToolCall): Promise<ToolOutcome> => {
    setting.stop.throwIfAborted()
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
      return failure(setting.messageOf(error))
    }
  }
  try {
    const approved = verdict !== undefined
    const outcome = await setting.seam({ call, tool, input: checked.value, step, approved, context }, execute)
    // Hooks that wait for a decision had it.
    return outcome === 'pending' && denial !== undefined ? failure(denial) : outcome
  } finally {
    context.release()
  }
}

/** Longest delay a timer takes; more is no limit. */
const longestDelay = 2 ** 31 - 1

/** The work, or an error once its time is up or the run is over, whatever the tool makes of its signal. */
const inTime = <T>(work: PromiseLike<T>, { ms, call: { stop } }: Time): Promise<T> =>
  new Promise((resolve, reject) => {
    const expire = (): void => stop.abort(new DOMException(`Timed out after ${ms} ms`, 'TimeoutError'))
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
