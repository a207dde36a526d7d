import { isObject, type LanguageModel, type ModelEvent, type ModelRequest, type ToolSpec } from '@ashlar/core'
import { type Assembler, callUpstream, createDeadlineSignal } from '@ashlar/wire/fetch'
import { offeredTools } from '../offered-tools.ts'
import { analyseText } from './analyse-text.ts'
import { answerOf, bodyOf } from './answer.ts'
import { fillSchema } from './fill-schema.ts'
import { argumentsFrom, genericCall } from './generic-call.ts'
import { nextCalls, type PlannedCall } from './next-calls.ts'
import { type Task, taskOf } from './task.ts'
import { toolboxOf } from './toolbox.ts'
import { type WorkDone, workDoneIn } from './work-done.ts'

/** A turn: tools to call, or the words to end with. */
type Turn = { readonly calls: readonly PlannedCall[] } | { readonly text: string }

/** The call asked for by `toolChoice`, its arguments as far as the prompt holds them. */
const forcedCall = (prompt: string, spec: ToolSpec): PlannedCall => {
  const filler = { facts: analyseText(prompt), text: prompt, files: [] }
  const input = argumentsFrom(prompt, spec) ?? fillSchema(spec.inputSchema, filler)
  return { name: spec.name, input: isObject(input) ? input : {} }
}

const jsonAnswer = (schema: NonNullable<ModelRequest['output']>, task: Task, work: WorkDone): string => {
  const files = [...work.texts].map(([path, text]) => ({ path, text, facts: analyseText(text) }))
  const results = work.calls.filter(({ isError }) => !isError).map(({ output }) => output)
  const text =
    [...work.texts.values()].join('\n\n') || results.join('\n') || (bodyOf(task.prompt) ?? task.prompt)
  return JSON.stringify(fillSchema(schema, { files, text, facts: analyseText(text) }))
}

/** What to do next, read off the transcript alone: the same transcript, the same turn. */
const turnOf = (request: ModelRequest): Turn => {
  const { messages, toolChoice = 'auto', output } = request
  const tools = offeredTools(request)
  const task = taskOf(request)
  const toolbox = toolboxOf(tools)
  const work = workDoneIn(messages, toolbox)
  const calls = nextCalls(task, toolbox, work)
  if (calls.length > 0) return { calls }
  const used = new Set(work.calls.map(({ name }) => name))
  // Files that were read are what was asked for.
  const left = work.texts.size > 0 ? [] : toolbox.others.filter(({ name }) => !used.has(name))
  const generic = genericCall(task.asked, left)
  if (generic) return { calls: [generic] }
  const [first] = tools
  if (first && toolChoice !== 'auto') return { calls: [forcedCall(task.asked, first)] }
  return { text: output ? jsonAnswer(output, task, work) : answerOf(task, work) }
}

const charactersPerToken = 4

/** The text as far as the request lets it go: to the first stop text, and to so many tokens. */
const limitText = (
  text: string,
  { stop = [], maxOutputTokens = Infinity }: ModelRequest,
): { text: string; isCut: boolean } => {
  const ends = stop.map((end) => text.indexOf(end)).filter((at) => at >= 0)
  const stopped = text.slice(0, Math.min(text.length, ...ends))
  const most = maxOutputTokens * charactersPerToken
  const isCut = stopped.length > most
  return { text: isCut ? stopped.slice(0, most).toWellFormed() : stopped, isCut }
}

/** Four words at a time. */
const groupsOf = (text: string): string[] => text.match(/(?:\S+\s*|^\s+){1,4}/g) ?? []

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function* answer(
  model: LanguageModel,
  request: ModelRequest,
  turn: Assembler,
): AsyncGenerator<readonly ModelEvent[]> {
  const { signal, deadline, messages, maxOutputTokens = Infinity } = request
  const timed = createDeadlineSignal({ signal, deadline })
  try {
    const next = turnOf(request)
    let reason: 'stop' | 'tool-calls' | 'length' = 'stop'
    if ('calls' in next) {
      const made = messages.flatMap(({ content }) =>
        content.filter(({ type }) => type === 'tool-call'),
      ).length
      reason = 'tool-calls'
      for (const [index, { name, input }] of next.calls.entries()) {
        turn.characters += name.length + JSON.stringify(input).length
        if (turn.characters > maxOutputTokens * charactersPerToken) {
          reason = 'length'
          break
        }
        turn.part({ type: 'tool-call', callId: `offline-${made + index + 1}`, name, input })
      }
    } else {
      const { text, isCut } = limitText(next.text, request)
      if (isCut) reason = 'length'
      for (const group of groupsOf(text)) {
        timed.signal.throwIfAborted()
        turn.text(group)
        yield turn.take()
        await nextTick()
      }
    }
    turn.finish({ reason, response: { provider: model.provider, modelId: model.modelId } })
    yield turn.take()
  } finally {
    timed.dispose()
  }
}

/**
 * A stand-in for a language model that follows fixed rules: **it is not a language model**. It drives tools that list,
 * read, search and write files, and answers with sentences taken from what it read. Deterministic, needs no
 * network, key or weights; its texts begin with `offlineNotice`, its usage is an estimate.
 */
export const offline = (): LanguageModel => {
  const model: LanguageModel = {
    provider: 'local',
    modelId: 'offline-rules',
    stream: (request) => callUpstream({ model, request, read: (turn) => answer(model, request, turn) }),
  }
  return model
}
