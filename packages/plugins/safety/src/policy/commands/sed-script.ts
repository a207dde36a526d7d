/** What a sed script does beyond editing text. */
export interface SedEffects {
  /** It runs programs. */
  readonly runs: boolean
  /** The commands it runs, as far as they are written in it. */
  readonly commands: readonly string[]
  readonly reads: readonly string[]
  readonly writes: readonly string[]
}

interface Cursor {
  readonly text: string
  at: number
}

interface Draft {
  runs: boolean
  commands: string[]
  reads: string[]
  writes: string[]
}

const isDigit = (character: string): boolean => character >= '0' && character <= '9'

/** Moves behind the next unescaped `mark`; false when there is none. */
const skipTo = (cursor: Cursor, mark: string): boolean => {
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const character = cursor.text[cursor.at]
    if (character === '\\') cursor.at++
    else if (character === '[' && mark !== '[') skipBracket(cursor)
    else if (character === mark) {
      cursor.at++
      return true
    }
  }
  return false
}

/** A bracket expression may hold the delimiter; one that does not close is a plain bracket. */
const skipBracket = (cursor: Cursor): void => {
  const close = cursor.text.indexOf(']', cursor.at + 2)
  const slash = cursor.text.indexOf('\n', cursor.at)
  if (close > 0 && (slash < 0 || close < slash) && !cursor.text.slice(cursor.at, close).includes('/'))
    cursor.at = close
}

const skipAddress = (cursor: Cursor): boolean => {
  for (;;) {
    const character = cursor.text[cursor.at] ?? ''
    if (character === '/') {
      cursor.at++
      if (!skipTo(cursor, '/')) return false
      while ('IM'.includes(cursor.text[cursor.at] ?? '?')) cursor.at++
    } else if (character === '\\') {
      const mark = cursor.text[cursor.at + 1] ?? ''
      cursor.at += 2
      if (!skipTo(cursor, mark)) return false
    } else if (isDigit(character) || ('$,~+! \t'.includes(character) && character !== '')) cursor.at++
    else return true
  }
}

const restOfLine = (cursor: Cursor): string => {
  const end = cursor.text.indexOf('\n', cursor.at)
  const line = cursor.text.slice(cursor.at, end < 0 ? undefined : end).trim()
  cursor.at = end < 0 ? cursor.text.length : end
  return line
}

const readFlags = (cursor: Cursor, draft: Draft): void => {
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const flag = cursor.text[cursor.at] ?? ''
    if (flag === 'e') draft.runs = true
    else if (flag === 'w') {
      cursor.at++
      draft.writes.push(restOfLine(cursor))
      return
    } else if (!isDigit(flag) && !'gpiImM'.includes(flag)) return
  }
}

const readSubstitute = (cursor: Cursor, draft: Draft): boolean => {
  const mark = cursor.text[cursor.at + 1] ?? ''
  cursor.at += 2
  const from = cursor.at
  if (mark === '' || !skipTo(cursor, mark)) return false
  const middle = cursor.at
  if (!skipTo(cursor, mark)) return false
  const { runs } = draft
  readFlags(cursor, draft)
  if (draft.runs && !runs)
    draft.commands.push(
      cursor.text.slice(middle, cursor.text.indexOf(mark, middle)),
      cursor.text.slice(from, middle - 1),
    )
  return true
}

/** One command; false when it is not known. */
const readCommand = (cursor: Cursor, draft: Draft): boolean => {
  const command = cursor.text[cursor.at] ?? ''
  if (command === 's') return readSubstitute(cursor, draft)
  if (command === 'y') {
    const mark = cursor.text[cursor.at + 1] ?? ''
    cursor.at += 2
    return skipTo(cursor, mark) && skipTo(cursor, mark)
  }
  cursor.at++
  if ('{}=dDgGhHnNpPxzF'.includes(command)) return true
  if ('qQlL'.includes(command)) {
    while (isDigit(cursor.text[cursor.at] ?? '') || cursor.text[cursor.at] === ' ') cursor.at++
    return true
  }
  const line = restOfLine(cursor)
  if ('aic:btT#'.includes(command)) return true
  if (command === 'e') {
    draft.runs = true
    draft.commands.push(line)
  } else if (command === 'r' || command === 'R') draft.reads.push(line)
  else if (command === 'w' || command === 'W') draft.writes.push(line)
  else return false
  return true
}

/** Reads a sed script; undefined when a part of it is not understood. */
export const readSedScript = (text: string): SedEffects | undefined => {
  const cursor: Cursor = { text, at: 0 }
  const draft: Draft = { runs: false, commands: [], reads: [], writes: [] }
  while (cursor.at < text.length) {
    if (' \t\n;'.includes(text[cursor.at] ?? '?')) cursor.at++
    else if (!skipAddress(cursor)) return undefined
    else if (cursor.at < text.length && !readCommand(cursor, draft)) return undefined
  }
  return draft
}
