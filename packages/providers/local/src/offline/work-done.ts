import { isObject, type Message, type ToolResultPart } from '@ashlar/core'
import { parseListing } from './parse-listing.ts'
import type { FileTool, Toolbox } from './toolbox.ts'

/** A tool call of the transcript with its result. */
export interface DoneCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly output: string
  readonly isError: boolean
}

/** What has been found out since the user last spoke. */
export interface WorkDone {
  readonly calls: readonly DoneCall[]
  /** Folders and patterns that were listed; those that failed too. */
  readonly listed: ReadonlySet<string>
  readonly files: ReadonlySet<string>
  readonly folders: ReadonlySet<string>
  /** Texts by path, in the order they were read. */
  readonly texts: ReadonlyMap<string, string>
  /** Why a file could not be read, by path. */
  readonly failures: ReadonlyMap<string, string>
  readonly written?: DoneCall
  readonly searched?: DoneCall
  /** Why a folder could not be listed, by its path. */
  readonly notListed: ReadonlyMap<string, string>
}

const callsIn = (messages: readonly Message[]): DoneCall[] => {
  const results = new Map<string, ToolResultPart>()
  for (const message of messages)
    if (message.role === 'tool') for (const result of message.content) results.set(result.callId, result)
  return messages.flatMap((message) =>
    message.role === 'assistant'
      ? message.content.flatMap((part) => {
          const result = part.type === 'tool-call' ? results.get(part.callId) : undefined
          if (part.type !== 'tool-call' || !result) return []
          const input = isObject(part.input) ? part.input : {}
          return [{ name: part.name, input, output: result.output, isError: result.isError ?? false }]
        })
      : [],
  )
}

/** The text in a reading tool's answer: all of it, or the text field of JSON; the note in its last line goes. */
const textIn = (output: string): string => {
  if (/^\s*\{/.test(output))
    try {
      const value: unknown = JSON.parse(output)
      const text = isObject(value) ? (value['text'] ?? value['content']) : undefined
      if (typeof text === 'string') return text
    } catch {}
  return output
    .replace(/^\([^\n]* is empty(?:; [^\n]*)?\)$/, '')
    .replace(/\n\((?:lines|version) [^\n]*\)$/, (note) => (note.includes('no newline') ? '' : '\n'))
}

/** What a listing call asked for, as a key. */
export const listingKey = (folder: string, pattern = ''): string => `${folder}\0${pattern}`

const argumentOf = ({ input }: DoneCall, name: string | undefined): string | undefined => {
  const value = name === undefined ? undefined : input[name]
  return typeof value === 'string' ? value : undefined
}

/** Reads off the transcript what was listed, read, written and searched since the last user message. */
export const workDoneIn = (messages: readonly Message[], toolbox: Toolbox): WorkDone => {
  const start = messages.findLastIndex(({ role }) => role === 'user')
  const calls = callsIn(messages.slice(start + 1))
  const of = (tool: FileTool | undefined): DoneCall[] =>
    tool ? calls.filter(({ name }) => name === tool.name) : []
  const listed = new Set<string>()
  const files = new Set<string>()
  const folders = new Set<string>()
  const notListed = new Map<string, string>()
  for (const tool of [toolbox.list, toolbox.glob])
    for (const call of of(tool)) {
      const folder = argumentOf(call, tool?.path) ?? '.'
      listed.add(listingKey(folder, argumentOf(call, tool?.pattern)))
      if (call.isError) notListed.set(folder, call.output)
      const found = call.isError ? { files: [], folders: [] } : parseListing(call.output, folder)
      for (const file of found.files) files.add(file)
      for (const inner of found.folders) folders.add(inner)
    }
  const texts = new Map<string, string>()
  const failures = new Map<string, string>()
  for (const call of of(toolbox.read)) {
    const path = argumentOf(call, toolbox.read?.path) ?? ''
    if (call.isError) failures.set(path, call.output)
    else texts.set(path, textIn(call.output))
  }
  const written = of(toolbox.write).at(-1)
  const searched = of(toolbox.search).at(-1)
  return {
    calls,
    listed,
    files,
    folders,
    texts,
    failures,
    notListed,
    ...(written && { written }),
    ...(searched && { searched }),
  }
}
