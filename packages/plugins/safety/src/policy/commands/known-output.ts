import { Buffer } from 'node:buffer'
import type { Call, Judge } from '../shell.ts'
import { allow, ask, deny, type Outcome, silence, type Stream, worst } from '../outcome.ts'
import { type Field, isPlain, literal, toScalar } from '../field.ts'
import { assign } from '../variables.ts'
import { tool } from '../tool.ts'

const mostText = 65_536
const simple: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  v: '\v',
  '"': '"',
  "'": "'",
}

const digits = (text: string, at: number, { base, most }: { base: 8 | 16; most: number }): string => {
  const allowed = base === 8 ? '01234567' : '0123456789abcdefABCDEF'
  let end = at
  while (end < text.length && end - at < most && allowed.includes(text[end] ?? '?')) end++
  return text.slice(at, end)
}

/** Backslash escapes as echo -e and printf read them. */
const unescaped = (text: string): string => {
  let result = ''
  for (let at = 0; at < text.length; at++) {
    const next = text[at + 1]
    if (text[at] !== '\\' || next === undefined) {
      result += text[at] ?? ''
      continue
    }
    const hex = next === 'x' || next === 'u' || next === 'U'
    const code = hex
      ? digits(text, at + 2, { base: 16, most: next === 'x' ? 2 : next === 'u' ? 4 : 8 })
      : digits(text, at + 1, { base: 8, most: next === '0' ? 4 : 3 })
    if (code !== '') {
      result += String.fromCodePoint(Math.min(Number.parseInt(code, hex ? 16 : 8), 0x10ffff))
      at += code.length + (hex ? 1 : 0)
    } else {
      result += simple[next] ?? `\\${next}`
      at++
    }
  }
  return result
}

const known = (args: readonly Field[]): boolean => args.every(isPlain)

const echoText = (args: readonly Field[]): string => {
  let at = 0
  let newline = true
  let escapes = false
  for (; at < args.length; at++) {
    const text = args[at]?.text ?? ''
    if (!/^-[neE]+$/.test(text)) break
    if (text.includes('n')) newline = false
    if (text.includes('e')) escapes = true
  }
  const line = args
    .slice(at)
    .map((field) => field.text)
    .join(' ')
  return (escapes ? unescaped(line) : line) + (newline ? '\n' : '')
}

const conversion = /%(%|[-+ #0]*\d*(?:\.\d+)?[sbdicouxXeEfgGq])/

/** printf's text for its arguments; the format is used again while arguments are left. */
const printfText = (format: string, args: readonly string[]): string => {
  // What an escape stands for is never read as a conversion: the parts between are unescaped each on its own.
  const parts = format.split(conversion)
  let rest = [...args]
  let result = ''
  do {
    const before = rest.length
    parts.forEach((part, index) => {
      if (index % 2 === 0) result += unescaped(part)
      else if (part === '%') result += '%'
      else {
        result += converted(part, rest[0] ?? '')
        rest = rest.slice(1)
      }
    })
    if (rest.length === before) break
  } while (rest.length > 0 && result.length < mostText)
  return result
}

/** `%-5.2s`: cut, then filled up with blanks. */
const padded = (type: string, value: string): string => {
  const [, flags = '', width = '0', precision] = /^([-+ #0]*)(\d*)(?:\.(\d+))?/.exec(type) ?? []
  const cut = precision === undefined ? value : value.slice(0, Number(precision))
  const length = Math.min(Number(width), mostText)
  return flags.includes('-') ? cut.padEnd(length) : cut.padStart(length)
}

const converted = (type: string, value: string): string => {
  if (type.endsWith('b')) return unescaped(value)
  if (type.endsWith('s') || type.endsWith('q')) return padded(type, value)
  if (type.endsWith('c')) return value.slice(0, 1)
  const number = Number(value)
  if (type.endsWith('x')) return number.toString(16)
  if (type.endsWith('o')) return number.toString(8)
  return Number.isFinite(number) ? String(number) : '0'
}

const words = (args: readonly Field[], text: () => string): Stream => {
  const unknown = args.find((field) => field.unknown !== undefined)?.unknown
  if (!known(args))
    return {
      origin:
        unknown === 'name'
          ? 'words'
          : unknown === 'path'
            ? 'paths'
            : unknown === 'secret' || unknown === 'remote'
              ? unknown
              : 'data',
    }
  return { origin: 'words', text: text() }
}

const printed = (args: readonly Field[]): Outcome => {
  if (args.some((field) => field.unknown === 'secret'))
    return deny('secret', 'A credential would be printed.')
  if (args.some((field) => field.unknown === 'env'))
    return ask('unknown-value', 'A variable that may hold anything would be printed.')
  return allow(silence)
}

const echo: Judge = ({ args }) => ({ ...printed(args), output: words(args, () => echoText(args)) })

const printf: Judge = (call, shell) => {
  const [first, second, ...others] = call.args
  if (first?.text !== '-v') {
    const args = first?.text === '--' ? call.args.slice(1) : call.args
    return { ...printed(call.args), output: formatted(args) }
  }
  if (!second || !/^\w+$/.test(second.text))
    return ask('arithmetic', 'printf -v evaluates the index of a variable.')
  const output = formatted(others)
  assign(second.text, [[output.text === undefined ? toScalar(output) : literal(output.text)]], shell)
  return { ...printed(others), output: silence }
}

const formatted = (args: readonly Field[]): Stream => {
  const [format, ...rest] = args
  return words(args, () =>
    printfText(
      format?.text ?? '',
      rest.map((field) => field.text),
    ),
  )
}

const decodes = ({ args }: Call, ...names: readonly string[]): boolean =>
  args.some(
    (field) =>
      names.includes(field.text) ||
      (!field.text.startsWith('--') &&
        field.text.startsWith('-') &&
        names.some((name) => name.length === 2 && field.text.includes(name.slice(1)))),
  )

/** A decoder: known text is decoded, any other is marked as hidden. */
const decoder =
  (judge: Judge, isDecoding: (call: Call) => boolean, decode: (text: string) => string | undefined): Judge =>
  (call, shell) => {
    const found = judge(call, shell)
    if (!isDecoding(call)) return found
    if (call.stdin.origin === 'secret') return deny('secret', 'A credential would be decoded.')
    const text = call.stdin.text === undefined ? undefined : decode(call.stdin.text)
    return worst([found], {
      origin: found.output?.origin ?? 'data',
      decoded: true,
      ...(text !== undefined && { text }),
    })
  }

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8')
const base64 = tool({ options: '-dDi -w= -b= -o> --decode --ignore-garbage --wrap= --input< -A' })
const isBase64 = (call: Call): boolean => decodes(call, '-d', '-D', '--decode')
const unpack = tool({ options: '-cdkqvtl --stdout --decompress --keep --test --list --quiet' })

/** A compressor that prints leaves the file alone; any other replaces it. */
const compressor: Judge = (call, shell) => {
  const found = unpack(call, shell)
  const prints =
    decodes(call, '-c', '--stdout', '-l', '--list', '-t', '--test') ||
    call.args.every((field) => field.text.startsWith('-'))
  return prints
    ? {
        ...found,
        output: {
          ...call.stdin,
          origin: call.stdin.origin === 'none' ? 'data' : call.stdin.origin,
          decoded: true,
        },
      }
    : worst([found, ask('changes-files', `${call.name} replaces the file.`)])
}

export const outputJudges: Readonly<Record<string, Judge>> = {
  echo,
  printf,
  base64: decoder(base64, isBase64, fromBase64),
  gbase64: decoder(base64, isBase64, fromBase64),
  base32: decoder(base64, isBase64, () => undefined),
  basenc: decoder(tool({ options: '-d --base64 --base32 --base16 --decode' }), isBase64, fromBase64),
  xxd: decoder(
    tool({ options: '-aabcEeipPruC -l= -s= -c= -g= -o=', first: ['read', 'replace'] }),
    (call) => decodes(call, '-r'),
    (text) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex').toString('utf8'),
  ),
  uudecode: decoder(
    (call, shell) => worst([ask('changes-files', 'It writes a file.'), tool({})(call, shell)]),
    () => true,
    () => undefined,
  ),
  gzip: compressor,
  gunzip: compressor,
  bzip2: compressor,
  bunzip2: compressor,
  xz: compressor,
  unxz: compressor,
  zstd: compressor,
  unzstd: compressor,
}
