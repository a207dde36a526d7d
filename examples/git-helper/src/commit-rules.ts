import { type LanguageModel, type Message, type ModelEvent, noUsage } from '@ashlar/core'

/** The output of the last call of a tool; undefined before it answered. */
const resultOf = (messages: readonly Message[], tool: string): string | undefined =>
  messages
    .flatMap((message) => (message.role === 'tool' ? message.content : []))
    .findLast(({ name }) => name === tool)?.output

const verbs: Readonly<Record<string, string>> = { A: 'Add', D: 'Remove', R: 'Rename', M: 'Change' }

/** `M src/a.ts (+1 -2)` and the like, as `diff` and `show` list them. */
const changedFiles = (diff: string): { readonly letter: string; readonly path: string }[] =>
  [...diff.matchAll(/^([A-Z]) (.+) \((?:\+\d+ -\d+|binary)\)$/gm)].map(([, letter = 'M', path = '']) => ({
    letter,
    path: path.split(' → ').at(-1) ?? path,
  }))

/** A subject of at most 60 characters, then what happened to each file. */
const draft = (diff: string): string => {
  const files = changedFiles(diff)
  if (files.length === 0) return 'Nothing is staged: there is nothing to commit.'
  const letters = new Set(files.map(({ letter }) => letter))
  const verb = (letters.size === 1 && verbs[files[0]?.letter ?? '']) || 'Change'
  const names = files.map(({ path }) => path.split('/').at(-1) ?? path)
  const listed = `${verb} ${names.join(', ')}`
  const subject = listed.length <= 60 ? listed : `${verb} ${files.length} files`
  return [subject, '', ...files.map(({ letter, path }) => `- ${verbs[letter] ?? 'Change'} ${path}`)].join(
    '\n',
  )
}

const tools = [
  { name: 'gitStatus', input: {} },
  { name: 'gitDiff', input: { staged: true } },
  { name: 'gitLog', input: { limit: 3 } },
] as const

/**
 * A model of fixed rules for this one task, so that the example runs with no key: it looks at the status, the staged
 * changes and the last commits, and lists what it saw. It understands nothing.
 */
export const commitRules = (): LanguageModel => ({
  provider: 'example',
  modelId: 'commit-rules',
  async *stream({ messages, signal }): AsyncGenerator<ModelEvent> {
    signal?.throwIfAborted()
    const response = { provider: 'example', modelId: 'commit-rules' }
    const next = tools.find(({ name }) => resultOf(messages, name) === undefined)
    if (next) {
      yield { type: 'part', part: { type: 'tool-call', callId: next.name, ...next } }
      yield { type: 'finish', reason: 'tool-calls', usage: noUsage, response }
      return
    }
    const [status = '', diff = '', log = ''] = tools.map(({ name }) => resultOf(messages, name) ?? '')
    const text = `State of the repository:\n\n${status}\n\nLast commits:\n\n${log}\n\nCommit message:\n\n${draft(diff)}`
    yield { type: 'text-delta', text }
    yield { type: 'part', part: { type: 'text', text } }
    yield { type: 'finish', reason: 'stop', usage: noUsage, response }
  },
})
