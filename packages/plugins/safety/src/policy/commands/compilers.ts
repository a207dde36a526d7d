import type { Field } from '../field.ts'
import { isPlain } from '../field.ts'
import { ask, deny, type Outcome, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout } from '../tool.ts'
import { writePath } from '../write-rules.ts'

/** Arguments that a compiler hands to a program or a library that it loads. */
const loads =
  /^(?:-wrapper|-fplugin|-fpass-plugin|-fmodule-mapper|-B|-specs|--specs|@|-Xlinker|-Xclang|-Xassembler|-Xpreprocessor|-load|-ld-path|--ld-path|-mllvm|-Wl,.*plugin|-Wa,|-Wp,|-J|-pgm|-F$|-e$|-ccbin|-script$|-pp|-ppx|-Xplugin|-processor|-toolexec)/

const products = [
  '.o',
  '.obj',
  '.a',
  '.so',
  '.dylib',
  '.dll',
  '.exe',
  '.out',
  '.wasm',
  '.class',
  '.jar',
  '.s',
  '.i',
  '.d',
  '.rlib',
  '.rmeta',
  '.hi',
  '.gch',
  '.ll',
  '.bc',
]
const folders = new Set(
  'build dist out target obj output bin/Debug bin/Release .build Debug Release tmp cmake-build-debug cmake-build-release'.split(
    ' ',
  ),
)

/** What a build makes anew each time: replacing it loses nothing. */
const isProduct = (path: string): boolean =>
  products.some((ending) => path.endsWith(ending)) ||
  path
    .split('/')
    .slice(0, -1)
    .some((part) => folders.has(part))

export const writesProduct = (field: Field, shell: Shell): Outcome =>
  writePath(field, shell, { keeps: isPlain(field) && isProduct(field.text) })

interface CompilerSpec {
  /** Arguments that stand alone. */
  readonly flags: RegExp
  /** Options with a value next to them: what they do with it. */
  readonly valued: Readonly<Record<string, 'write' | 'read' | 'folder' | 'text'>>
  /** The same, with the value attached. */
  readonly attached?: readonly (readonly [RegExp, 'write' | 'read' | 'folder'])[]
  readonly separator?: string
}

const judgeValue = (
  field: Field,
  kind: 'write' | 'read' | 'folder' | 'text',
  { spec, shell }: { spec: CompilerSpec; shell: Shell },
): Outcome => {
  if (field.unknown) return ask('unknown-value', 'A value is only known when it runs.')
  if (kind === 'write') return writesProduct(field, shell)
  const parts = spec.separator ? field.text.split(spec.separator) : [field.text]
  return kind === 'text'
    ? worst([])
    : worst(
        parts
          .filter((text) => text !== '')
          .map((text) => readPath({ text }, shell, kind === 'read' ? 'content' : 'names')),
      )
}

/** A compiler reads sources and writes where it is told; what loads a plugin or another program is refused. */
const compiler =
  (spec: CompilerSpec): Judge =>
  (call: Call, shell) => {
    const bad = call.args.find((field) => loads.test(field.text))
    if (bad) return deny('option-runs', `${call.name} is told by ${bad.text} to load or run a program.`)
    if (call.args.length === 0) return ask('interactive', `${call.name} names no file.`)
    const found: Outcome[] = []
    for (let at = 0; at < call.args.length; at++) {
      const field = call.args[at]
      if (!field) break
      const { text } = field
      const kind = spec.valued[text]
      const attached = spec.attached?.find(([pattern]) => pattern.test(text))
      if (kind) {
        const value = call.args[++at]
        if (value) found.push(judgeValue(value, kind, { spec, shell }))
      } else if (attached && !field.unknown)
        found.push(judgeValue({ text: text.replace(attached[0], '') }, attached[1], { spec, shell }))
      else if (text === '-') found.push(ask('inline-code', 'It compiles what it is handed.'))
      else if (!text.startsWith('-')) found.push(readPath(field, shell))
      else if (field.unknown || !spec.flags.test(text))
        found.push(
          askAbout('unknown-option', `${call.name} is not known to be safe with "${text}".`, { call, shell }),
        )
    }
    return worst(found)
  }

export const gcc: Judge = compiler({
  flags:
    /^(?:-[cSEgswvHPC]|-###|-ansi|-pedantic(?:-errors)?|-pipe|-static|-shared|-pthread|-pie|-no-pie|-rdynamic|-nostdlib|-nostdinc|-nodefaultlibs|-O[0-3sgz]?|-Ofast|-g[0-3]|-g(?:gdb|dwarf|split-dwarf|line-tables-only|column-info)[\w-]*|-std=[\w+:]+|--?std=[\w+:]+|-M|-MM|-MD|-MMD|-MP|-MG|-dM|-W[\w+-]*(?:=[\w+-]+)?|-Wl,(?:-rpath,[\w$./-]+|-z,\w+|--as-needed|--no-undefined|--gc-sections|-O1|-dead_strip|--strip-all)|-D\w+(?:=[\w."\\ /+-]*)?|-U\w+|-l[\w.+-]+|-x(?:c|c\+\+)|-f(?!plugin|pass-plugin|module-mapper|use-ld|profile|dump|opt-info|time-trace|callgraph|crash|embed|build-session|save-opt)[a-z0-9-]+|-f(?:visibility|sanitize|no-sanitize|diagnostics-color|max-errors|lto|exec-charset|input-charset|stack-protector|cf-protection|abi-version|inline-limit|template-depth|constexpr-depth|color-diagnostics|tabstop)=[\w,+-]+|-fuse-ld=(?:lld|gold|bfd|mold)|-m(?:32|64|thumb|(?:arch|tune|cpu|fpu|float-abi|abi|cmodel|macosx-version-min)=[\w.+-]+|(?:no-)?(?:avx|sse|bmi|fma|aes|popcnt|lzcnt)[\w.-]*)|-(?:print|-print)-[\w-]+(?:=[\w.+-]+)?|-framework|-arch|--target=[\w-]+|--coverage|--analyze|-save-temps=obj|-include-pch)$/,
  valued: {
    '-o': 'write',
    '-MF': 'write',
    '-I': 'folder',
    '-L': 'folder',
    '-isystem': 'folder',
    '-iquote': 'folder',
    '-include': 'read',
    '-imacros': 'read',
    '-x': 'text',
    '-MT': 'text',
    '-MQ': 'text',
    '-D': 'text',
    '-U': 'text',
    '-l': 'text',
    '-framework': 'text',
    '-arch': 'text',
    '-target': 'text',
  },
  attached: [
    [/^-o(?=.)/, 'write'],
    [/^-I(?=.)/, 'folder'],
    [/^-L(?=.)/, 'folder'],
    [/^-MF(?=.)/, 'write'],
  ],
})

/** `-C opt-level=3` is `-Copt-level=3`. */
const joined = (call: Call, names: readonly string[]): Call => ({
  ...call,
  args: call.args.flatMap((field, index) => {
    const before = call.args[index - 1]?.text ?? ''
    if (names.includes(before))
      return [{ ...field, text: before.startsWith('--') ? `${before}=${field.text}` : before + field.text }]
    return names.includes(field.text) && index + 1 < call.args.length ? [] : [field]
  }),
})

const rust: Judge = compiler({
  flags:
    /^(?:-[OgvVq]|--test|--edition=\d{4}|--crate-type=[\w,-]+|--crate-name=\w+|--emit=(?:asm|dep-info|link|llvm-bc|llvm-ir|metadata|mir|obj|,)+|--cfg=[\w="]+|--cap-lints=\w+|--target=[\w-]+|--color=\w+|--error-format=\w+|-[AWDF][\w-]+|-C(?:opt-level|debuginfo|target-cpu|lto|panic|codegen-units|overflow-checks|strip|debug-assertions|prefer-dynamic)(?:=[\w-]+)?|--print=[\w-]+|--explain=\w+|-l[\w=]+)$/,
  valued: {
    '-o': 'write',
    '--out-dir': 'write',
    '-L': 'folder',
    '--edition': 'text',
    '--crate-type': 'text',
    '--crate-name': 'text',
    '--cfg': 'text',
    '--cap-lints': 'text',
    '-A': 'text',
    '-W': 'text',
    '-D': 'text',
    '--print': 'text',
    '--explain': 'text',
    '--color': 'text',
    '--error-format': 'text',
  },
  attached: [[/^--out-dir=/, 'write']],
})

export const rustc: Judge = (call, shell) => rust(joined(call, ['-C', '--emit']), shell)

export const javac: Judge = compiler({
  flags:
    /^(?:-Xlint(?::[\w,-]+)?|-Xdoclint(?::[\w,/-]+)?|-Xmax(?:errs|warns)|-g(?::[\w,]+)?|-nowarn|-verbose|-deprecation|-parameters|-Werror|-proc:none|-implicit:\w+|--enable-preview|-Xdiags:\w+)$/,
  valued: {
    '-d': 'write',
    '-h': 'write',
    '-s': 'write',
    '-cp': 'folder',
    '-classpath': 'folder',
    '--class-path': 'folder',
    '-sourcepath': 'folder',
    '--source-path': 'folder',
    '--module-path': 'folder',
    '-p': 'folder',
    '--module-source-path': 'folder',
    '--release': 'text',
    '-source': 'text',
    '-target': 'text',
    '--source': 'text',
    '--target': 'text',
    '-encoding': 'text',
    '--add-modules': 'text',
    '-m': 'text',
  },
  separator: ':',
})

export const kotlinc: Judge = compiler({
  flags:
    /^(?:-include-runtime|-nowarn|-Werror|-verbose|-no-stdlib|-no-reflect|-no-jdk|-progressive|-java-parameters)$/,
  valued: {
    '-d': 'write',
    '-o': 'write',
    '-cp': 'folder',
    '-classpath': 'folder',
    '-jvm-target': 'text',
    '-language-version': 'text',
    '-api-version': 'text',
    '-module-name': 'text',
    '-opt-in': 'text',
  },
  separator: ':',
})

export const ghc: Judge = compiler({
  flags:
    /^(?:-O[0-2]?|-W[\w-]*|-w|-v[0-3]?|-c|-S|-threaded|-prof|-fno-code|-fforce-recomp|-f(?:no-)?warn-[\w-]+|--make|-X[A-Z]\w+|-static|-dynamic|-g\d?|-j\d*|-Werror)$/,
  valued: { '-o': 'write', '-outputdir': 'write', '-odir': 'write', '-hidir': 'write', '-package': 'text' },
  attached: [[/^-i(?=.)/, 'folder']],
  separator: ':',
})

export const swiftc: Judge = compiler({
  flags:
    /^(?:-O(?:none|size|unchecked)?|-g|-c|-parse|-typecheck|-dump-ast|-emit-(?:library|executable|module|object)|-whole-module-optimization|-wmo|-warnings-as-errors|-suppress-warnings|-static|-parse-as-library|-enable-testing|-v)$/,
  valued: {
    '-o': 'write',
    '-emit-module-path': 'write',
    '-I': 'folder',
    '-L': 'folder',
    '-module-name': 'text',
    '-swift-version': 'text',
    '-target': 'text',
    '-D': 'text',
  },
})
