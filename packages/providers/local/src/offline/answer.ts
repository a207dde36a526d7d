import { analyseText } from './analyse-text.ts'
import { filesOf, maxFiles } from './next-calls.ts'
import { offlineNotice } from './offline-notice.ts'
import { plural, sharedKeywords } from './report.ts'
import type { Task } from './task.ts'
import type { WorkDone } from './work-done.ts'

/** The material in a prompt: what follows its first paragraph or colon, else all of it when it is long. */
export const bodyOf = (prompt: string): string | undefined => {
  const [head = '', ...rest] = prompt.trim().split(/\n\s*\n/)
  if (rest.length > 0 && head.length < 400) return rest.join('\n\n')
  const colon = prompt.indexOf(':')
  const after = prompt.slice(colon + 1).trim()
  if (colon >= 0 && colon < 200 && after.length >= 60) return after
  return prompt.length > 400 ? prompt : undefined
}

const aboutText = (text: string, { verbs }: Task): string => {
  const facts = analyseText(text, { summarySentences: 3 })
  const counts = `${plural(facts.words, 'word')}, ${plural(facts.sentences, 'sentence')}, ${plural(facts.lines, 'line')}.`
  const keywords = `Keywords: ${facts.keywords.join(', ') || 'none'}.`
  if (verbs.has('count') && !verbs.has('summarise')) return counts
  if (verbs.has('keywords') && !verbs.has('summarise')) return keywords
  return `${facts.summary.join(' ') || '(no sentences to quote)'}\n\n${keywords} ${counts}`
}

const aboutFiles = (task: Task, work: WorkDone): string => {
  const files = [...work.texts].map(([path, text]) => ({ path, facts: analyseText(text) }))
  const words = files.reduce((sum, { facts }) => sum + facts.words, 0)
  const shared = sharedKeywords(files.map(({ facts }) => facts))
  const lines = files.map(({ path, facts }) => {
    if (task.verbs.has('count') && !task.verbs.has('summarise'))
      return `- ${path}: ${plural(facts.words, 'word')}, ${plural(facts.lines, 'line')}`
    const sentences = files.length === 1 ? facts.summary.join(' ') : facts.summary[0]
    return `- ${path}: ${sentences || facts.title || '(empty)'}`
  })
  const left = filesOf(task, work).length - maxFiles
  return [
    `Read ${plural(files.length, 'file')} with ${plural(words, 'word')}.${shared.length > 0 ? ` Keywords: ${shared.join(', ')}.` : ''}`,
    '',
    ...lines,
    ...(left > 0 ? [`(${plural(left, 'more file')} not read)`] : []),
  ].join('\n')
}

const aboutWriting = ({ written, texts }: WorkDone, task: Task): string => {
  if (written?.isError) return `\n\nThe report could not be written: ${written.output}`
  if (written) return `\n\nThe report is in ${task.target ?? 'report.md'}.`
  return task.verbs.has('write') && texts.size > 0 ? '\n\nThere is no tool to write a file with.' : ''
}

const failuresIn = ({ failures, notListed }: WorkDone): string => {
  const lines = [...new Map([...notListed, ...failures])].map(([path, reason]) => `- ${path}: ${reason}`)
  return lines.length > 0 ? `\n\nNot read:\n${lines.join('\n')}` : ''
}

const help =
  'I follow fixed rules: with tools that list, read and write files I go through a folder and report on it ' +
  '("Read every file in docs, analyse each, write a report to report.md"); without tools I summarise or count a text ' +
  'you give me ("Summarise: …"). For anything else use a language model.'

const withoutFiles = (task: Task, work: WorkDone): string => {
  if (work.searched) return work.searched.output
  if (work.files.size > 0 || work.folders.size > 0)
    return [...work.files, ...[...work.folders].map((folder) => `${folder}/`)].toSorted().join('\n')
  const others = work.calls.filter(({ name }) => name !== work.written?.name)
  if (work.listed.size > 0) return `No files found.${failuresIn(work)}`
  if (others.length > 0 && work.failures.size === 0)
    return others
      .map(({ name, output, isError }) => `${name}${isError ? ' failed' : ''}: ${output}`)
      .join('\n')
  if (work.failures.size > 0) return `Nothing could be read.${failuresIn(work)}`
  const body = bodyOf(task.prompt)
  if (body !== undefined) return aboutText(body, task)
  const said = task.prompt.trim()
  return said === '' ? help : `You said: ${JSON.stringify(said.slice(0, 200))}. ${help}`
}

/** The answer in words, with the notice in front. */
export const answerOf = (task: Task, work: WorkDone): string => {
  const text =
    work.texts.size > 0
      ? `${aboutFiles(task, work)}${failuresIn(work)}${aboutWriting(work, task)}`
      : withoutFiles(task, work)
  return `${offlineNotice} ${text}`
}
