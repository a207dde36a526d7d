import { each, publishes, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow, deny, noInput, worst } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'

const cargoOptions = `-qvrjp= -j= -F= -Z=~ --package= --workspace --all --exclude= --lib --bins --bin= --examples --example= --tests --test= --benches --bench= --all-targets --release --profile= --features= --all-features --no-default-features --target= --jobs= --keep-going --no-fail-fast
  --verbose --quiet --color= --frozen --locked --offline --message-format= --manifest-path< --no-run --doc --no-deps --document-private-items --timings --ignore-rust-version --target-dir> --config=! --check --all-targets`

/** What follows `--` is for the test binary or the lints. */
const cargoRun =
  (extra = ''): Judge =>
  (call, shell) => {
    const end = call.args.findIndex((field) => field.text === '--')
    return text(`${cargoOptions} ${extra}`)(
      { ...call, args: end < 0 ? call.args : call.args.slice(0, end) },
      shell,
    )
  }

const cargoFmt: Judge = (call, shell) =>
  call.args.some((field) => field.text === '--check')
    ? text('--check --all -p= --package= -v -q --manifest-path<')(
        { ...call, args: call.args.filter((field) => field.text !== '--') },
        shell,
      )
    : askAbout('changes-files', 'It rewrites source files.', { call, shell })

const cargo: Judge = tools(
  '-qv --color= --locked --offline --frozen --config=! -Z=~ -C/',
  new Map<string, Judge>([
    ...each('build b check c test t bench doc d rustc-never', cargoRun()),
    [
      'clippy',
      (call, shell) =>
        call.args.some((field) => field.text === '--fix')
          ? askAbout('changes-files', 'It rewrites source files.', { call, shell })
          : cargoRun()(call, shell),
    ],
    [
      'nextest',
      (call, shell) =>
        call.args[0]?.text === 'run' || call.args[0]?.text === 'list'
          ? cargoRun('-E= --retries= --run-ignored= --nocapture --partition= -P= --fail-fast')(
              { ...call, args: call.args.slice(1) },
              shell,
            )
          : askAbout('unknown-command', 'It is not on the list.', { call, shell }),
    ],
    ['fmt', cargoFmt],
    [
      'tree',
      text(
        `${cargoOptions} -e= -i= -d --duplicates --edges= --invert= --depth= --prefix= --no-dedupe --charset= --format= -f=`,
      ),
    ],
    ['metadata', text(`${cargoOptions} --format-version= --filter-platform=`)],
    ...each('pkgid locate-project verify-project read-manifest version', text(cargoOptions)),
    ['search', text('--limit=')],
    ['audit', text('--json -q --deny=')],
    ['outdated', text('-R --root-deps-only --workspace --depth=')],
    ['machete', text('')],
    ['deny', text('')],
    ['doc', cargoRun('--open~')],
    ...each('publish yank owner login', publishes),
  ]),
)

const goOptions = `-v -race -short -cover -coverprofile> -covermode= -coverpkg= -count= -run= -bench= -benchmem -benchtime= -timeout= -parallel= -p= -tags= -json -failfast -mod= -x -n -a -trimpath -skip= -shuffle= -list= -cpu= -vet= -C/ -o> -ldflags= -gcflags= -exec! -toolexec! -asmflags=~ -overlay<~
  -m -f= -deps -u -test -e -find -retracted -versions -compiled -export -buildvcs= -fuzz= -fuzztime= -cpuprofile> -memprofile> -outputdir> -c -buildmode=~ -i -all -src -cmd -diff -bench= -pgo= -asan -msan -work`

const linkerFlags = /^(?:all=)?(?:\s*(?:-s|-w|-X[ =]"?[\w./~-]+=[\w.+:/-]*"?|-buildid=\w*|-v))*\s*$/
const compilerFlags = /^(?:all=|\.\/\.\.\.=)?(?:\s*(?:-N|-l|-m(?:=\d)?|-S|-B|-e))*\s*$/

export const go: Judge = tools(
  '-C/',
  new Map<string, Judge>([
    ...each(
      'build test vet list version doc',
      tool({
        options: goOptions,
        singleDash: true,
        operands: 'text',
        refine: (parsed, call, shell) => {
          const strange = parsed.options.find(
            ({ name, value }) =>
              (name === '-ldflags' && !linkerFlags.test(value?.text ?? '')) ||
              (name === '-gcflags' && !compilerFlags.test(value?.text ?? '')),
          )
          if (strange) return askAbout('option', `go ${strange.name} may choose a linker.`, { call, shell })
          return (
            parsed.operands
              .filter((field) => field.text.startsWith('/') || field.text.startsWith('..'))
              .map((field) => readPath(field, shell, 'names'))
              .find(({ verdict }) => verdict !== 'allow') ??
            (parsed.operands.length + parsed.options.length > 0 || call.args.length === 0
              ? allow(
                  /^go list$/.test(call.name) && !hasOption(parsed, '-f', '-json', '-e')
                    ? { origin: 'words' }
                    : undefined,
                )
              : undefined)
          )
        },
      }),
    ),
    [
      'env',
      (call, shell) =>
        call.args.some((field) => field.text === '-w' || field.text === '-u')
          ? askAbout('host', 'It changes settings of Go.', { call, shell })
          : text('-json -changed', true)(call, shell),
    ],
    [
      'run',
      (call, shell) => {
        const at = call.args.findIndex((field) => /^--?(?:exec|toolexec)(?:=|$)/.test(field.text))
        const field = call.args[at]
        const value = field?.text.includes('=')
          ? field.text.slice(field.text.indexOf('=') + 1)
          : call.args[at + 1]?.text
        return worst([
          askAbout('runs-file', 'It builds and runs a program.', { call, shell }),
          ...(value === undefined || at < 0
            ? []
            : [
                shell.runSource(value, { stdin: noInput }),
                deny('option-runs', 'go runs the program named by the option.'),
              ]),
        ])
      },
    ],
    [
      'mod',
      (call, shell) =>
        ['verify', 'graph', 'why'].includes(call.args[0]?.text ?? '') ||
        (call.args[0]?.text === 'tidy' && call.args[1]?.text === '-diff')
          ? text('-m -go= -diff', true)({ ...call, args: call.args.slice(1) }, shell)
          : askAbout('supply-chain', 'It changes dependencies.', { call, shell }),
    ],
    [
      'tool',
      (call, shell) =>
        ['cover', 'pprof', 'nm', 'objdump'].includes(call.args[0]?.text ?? '') &&
        call.args.every((field) => !field.text.startsWith('-http'))
          ? text('-func= -html= -o> -top', true)({ ...call, args: call.args.slice(1) }, shell)
          : askAbout('runs-file', 'It runs a tool.', { call, shell }),
    ],
  ]),
)

/** `cargo +nightly test` names a toolchain first. */
export const cargoCommand: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  return first && isPlain(first) && /^\+[\w.-]+$/.test(first.text)
    ? cargo({ ...call, args: rest }, shell)
    : cargo(call, shell)
}
