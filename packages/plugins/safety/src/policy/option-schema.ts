/** What the value of an option is. */
export type OptionKind =
  /** It takes none. */
  | 'flag'
  /** A value, next or after `=`. */
  | 'text'
  /** A name and a value, both next. */
  | 'pair'
  /** A value only when attached. */
  | 'optional'
  | 'read'
  | 'write'
  /** A file it writes where one would expect it only to print: needs a person. */
  | 'replaces'
  | 'folder'
  /** The value, or the option itself, makes the command run another program. */
  | 'runs'
  /** Known, and not safe by itself. */
  | 'asks'
  /** The same, with a value. */
  | 'asks-value'

/** The options a command is known to take. */
export interface OptionSchema {
  readonly kinds: ReadonlyMap<string, OptionKind>
  /** One dash begins a long name (`-name`), as in find, go or java. */
  readonly singleDash: boolean
  /** `-20` is a count. */
  readonly numeric: boolean
  /** `+20`, `+%Y` are operands or counts. */
  readonly plus: boolean
}

const suffixes: Readonly<Record<string, OptionKind>> = {
  '=': 'text',
  ':': 'pair',
  '?': 'optional',
  '<': 'read',
  '>': 'write',
  '^': 'replaces',
  '/': 'folder',
  '!': 'runs',
  '~': 'asks',
}

/**
 * Reads a schema: names between spaces. `-abc` are three flags (what follows them belongs to the last), `--all` is one; a last `=` takes a value, `?` takes one
 * only when attached, `:` takes two, `<` reads a file, `>` writes one (`^`: and asks), `/` names a folder, `!` runs a program, `~` is known to need a
 * person (`=~` with a value), `-#` stands for any count.
 */
export const optionSchema = (text: string, singleDash = false): OptionSchema => {
  const kinds = new Map<string, OptionKind>()
  let numeric = false
  let plus = false
  for (const item of text.split(/\s+/)) {
    if (item === '') continue
    if (item === '-#') numeric = true
    else if (item === '+#') plus = true
    else {
      const last = suffixes[item.at(-1) ?? '']
      const valued = last === 'asks' && item.length > 3 && suffixes[item.at(-2) ?? ''] !== undefined
      const kind = valued && !item.endsWith('?~') ? 'asks-value' : last
      const name = kind && item.length > 1 ? item.slice(0, valued ? -2 : -1) : item
      const isCluster = !singleDash && !name.startsWith('--') && name.length > 2
      if (isCluster) for (const letter of name.slice(1, -1)) kinds.set(`-${letter}`, 'flag')
      if (isCluster) kinds.set(`-${name.at(-1) ?? ''}`, kind ?? 'flag')
      else kinds.set(name, kind ?? 'flag')
    }
  }
  return { kinds, singleDash, numeric, plus }
}
