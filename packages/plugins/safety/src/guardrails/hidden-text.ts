/** A run of characters that are not seen. */
export interface HiddenRun {
  readonly start: number
  readonly end: number
  /** What a model may read in it. */
  readonly says: string
}

const hidden =
  /(?:[\u00AD\u061C\u115F\u1160\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0]|[\u{1D173}-\u{1D17A}]|[\u{E0000}-\u{E0FFF}]|\u034F|\u17B4|\u17B5|[\u180B-\u180E])+|[\uFE00-\uFE0F]{2,}/gu

/** Joiners within emoji and words, marks of direction beside letters that go right to left, flags, a byte order mark. */
const isInnocent = (text: string, start: number, run: string): boolean => {
  // One character, matched from its start: V8 of Node 26 does not find one of two code units before `$` alone.
  const before = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1) ?? ''
  if (run === '\u00AD' || (start === 0 && run === '\uFEFF')) return true
  if (/^[\u200C\u200D]$/u.test(run))
    return (
      /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F\p{M}\p{L}]$/u.test(before) &&
      !/[A-Za-z]$/.test(before)
    )
  if (/^[\u200E\u200F\u061C]$/u.test(run))
    return /[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(text.slice(Math.max(0, start - 24), start + 24))
  if (/^[\u{E0020}-\u{E007E}]{2,7}\u{E007F}$/u.test(run)) return before === '\u{1F3F4}'
  if (/^[\u180B-\u180D\u{E0100}-\u{E01EF}]$/u.test(run)) return /^\p{L}$/u.test(before)
  return false
}

/** Tags are ASCII written where nobody sees it; variation selectors can be bytes. */
const decode = (run: string): string => {
  let says = ''
  for (const character of run) {
    const code = character.codePointAt(0) ?? 0
    if (code >= 0xe_00_20 && code <= 0xe_00_7e) says += String.fromCharCode(code - 0xe_00_00)
    else if (code >= 0xfe_00 && code <= 0xfe_0f) says += String.fromCharCode(code - 0xfe_00)
    else if (code >= 0xe_01_00 && code <= 0xe_01_ef) says += String.fromCharCode(code - 0xe_01_00 + 16)
  }
  return says
}

/** Invisible characters with no business there: zero-width, bidirectional controls, tags, fillers. */
export const findHidden = (text: string): HiddenRun[] =>
  [...text.matchAll(hidden)].flatMap(({ 0: run, index }) =>
    isInnocent(text, index, run) ? [] : [{ start: index, end: index + run.length, says: decode(run) }],
  )

/** The text with hidden runs made visible. */
export const showHidden = (text: string, runs: readonly HiddenRun[]): string => {
  let shown = ''
  let from = 0
  for (const { start, end, says } of runs) {
    const what = says === '' ? '' : `: ${JSON.stringify(says.replaceAll(/[^\x20-\x7E]/g, '?'))}`
    shown += `${text.slice(from, start)}[${end - start} hidden characters${what}]`
    from = end
  }
  return shown + text.slice(from)
}
