import { ask, noInput, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { parseOptions } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { askAbout, judgeOption, tool } from '../tool.ts'
import { empties, verbs } from './sub-commands.ts'
import { writesProduct } from './compilers.ts'

const builds = (options: string): Judge => tool({ options, operands: 'names' })

/** `c8 npm test`: measures the command after its options. */
const measures =
  (options: string): Judge =>
  (call, shell) => {
    const parsed = parseOptions(call.args, optionSchema(options), true)
    const own = parsed.options.map((option) => judgeOption(option, call, shell))
    if (parsed.unknown)
      return askAbout(
        'unknown-option',
        `${call.name} is not known to be safe with "${parsed.unknown.text}".`,
        { call, shell },
      )
    if (parsed.operands[0]?.text === 'report') return worst(own)
    return worst([
      parsed.operands.length === 0
        ? ask('interactive', 'It names no command.')
        : shell.runCommand(parsed.operands, { stdin: noInput }),
      ...own,
    ])
  }

const esbuild: Judge = (call, shell) => {
  const outputs = call.args.filter((field) => /^--(?:outfile|outdir|metafile|outbase)=/.test(field.text))
  const found = tool({
    options:
      '--bundle --minify --minify-whitespace --minify-syntax --minify-identifiers --sourcemap? --platform= --target= --format= --external:=~ --outfile= --outdir= --metafile= --outbase= --loader:=~ --splitting --log-level= --tree-shaking= --jsx= --packages= --charset= --keep-names --analyze? --tsconfig= --global-name= --entry-names= --chunk-names= --asset-names= --color= --drop:=~ --legal-comments= --allow-overwrite~ --serve?~ --watch?~',
    operands: 'names',
  })(
    {
      ...call,
      args: call.args.filter(
        (field) => !/^--(?:external|loader|define|drop|alias|pure):[\w@./*:"'=-]+$/.test(field.text),
      ),
    },
    shell,
  )
  return worst([
    found,
    ...outputs.map((field) =>
      writesProduct({ ...field, text: field.text.slice(field.text.indexOf('=') + 1) }, shell),
    ),
  ])
}

const angularOptions: Judge = tool({
  options:
    '--configuration= -c= --watch=false --watch?~ --browsers= --code-coverage --prod --source-map? --progress? --no-progress --no-watch --include= --stats-json --verbose --no-browsers --fix~',
  operands: 'text',
})

const angular: Judge = (call, shell) =>
  angularOptions({ ...call, args: call.args.filter((field) => field.text !== '--watch=false') }, shell)

/** Bundlers and checkers that come with a project's dependencies. */
export const bundlers: readonly (readonly [string, Judge])[] = [
  [
    'webpack',
    tool({
      options:
        '-c< --config< --mode= --env= --stats? --json? --progress --color --no-color --bail --entry< -o> --output-path> --devtool= -d= --target= -t= --name= --no-stats --fail-on-warnings --analyze~ --watch?~ -w~ --node-env= --config-name= --no-watch',
      operands: 'text',
      refine: (parsed) =>
        parsed.operands.every(
          (field) =>
            ['build', 'bundle', 'b', 'info', 'configtest'].includes(field.text) || field.text.includes('/'),
        )
          ? undefined
          : ask('runs-script', 'It may serve or make files.'),
    }),
  ],
  ['rspack', verbs({ build: '-c< --config< --mode= --env= -o> --devtool' })],
  [
    'rollup',
    tool({
      options:
        '-c? -i< -o> -d> -f= -e= -n= -m? -w~ -p=~ --config? --input< --file> --dir> --format= --name= --external= --sourcemap? --silent --failAfterWarnings --environment= --bundleConfigAsCjs --configPlugin=~ --plugin=~ --watch~ --exports= --globals= --treeshake?',
      operands: 'names',
    }),
  ],
  ['esbuild', esbuild],
  [
    'tsup',
    empties(
      ['--out-dir', '-d'],
      builds(
        '--format= --dts --minify --clean --sourcemap --target= --out-dir> -d> --config< --silent --no-config --dts-only --external= --splitting --treeshake --tsconfig< --entry= --onSuccess=! --watch?~',
      ),
    ),
  ],
  [
    'tsdown',
    empties(
      ['--out-dir', '-d'],
      builds('--format= --dts --minify --clean --sourcemap --target= --out-dir> -d> --config< --silent'),
    ),
  ],
  ['unbuild', builds('--minify --sourcemap')],
  ['microbundle', builds('-o> -f= --format= --output> --no-compress --target=')],
  [
    'parcel',
    verbs({
      build:
        '--dist-dir> --public-url= --no-source-maps --no-cache --no-optimize --target= --log-level= --detailed-report',
    }),
  ],
  [
    'babel',
    tool({
      options:
        '-d> -o> -s --out-dir> --out-file> --extensions= -x= --ignore= --only= --source-maps? --copy-files --verbose --quiet --no-comments --delete-dir-on-start~ --presets=~ --plugins=~ --config-file<~ -w~ --watch~',
      operands: 'names',
    }),
  ],
  [
    'swc',
    tool({
      options:
        '-d> -o> --out-dir> --out-file> -C=~ --strip-leading-paths --source-maps --copy-files --quiet --config-file<',
      operands: 'names',
    }),
  ],
  [
    'react-scripts',
    verbs({
      'build test':
        '--watchAll=false --watchAll? --coverage --ci --env= --testPathPattern= --passWithNoTests -u --verbose --runInBand --silent --bail -t= --testNamePattern=',
    }),
  ],
  ['react-router', verbs({ 'build typegen routes': '--mode=' })],
  ['remix', verbs({ 'build routes vite:build': '--sourcemap --json' })],
  ['gatsby', verbs({ build: '--prefix-paths --no-uglify --log-pages', info: '' })],
  ['docusaurus', empties(['--out-dir'], verbs({ build: '--out-dir> --no-minify --locale= --config<' }))],
  ['vitepress', empties(['--outDir'], verbs({ build: '--base= --outDir>' }))],
  [
    'eleventy',
    tool({
      options: '--input= --output> --quiet --dryrun --formats= --pathprefix= --incremental --config<',
      operands: 'none',
    }),
  ],
  [
    'typedoc',
    empties(
      ['--out'],
      tool({
        options:
          '--out> --json> --tsconfig< --entryPoints= --entryPointStrategy= --emit= --validation.notExported --treatWarningsAsErrors --excludePrivate --plugin=~ --options<~ --name= --readme=',
        operands: 'names',
      }),
    ),
  ],
  [
    'api-extractor',
    verbs({ run: '-v -c< --config< --verbose --typescript-compiler-folder~ --local~ -l~', version: '' }),
  ],
  [
    'karma',
    verbs({ start: '--single-run --browsers= --no-auto-watch --reporters= --log-level= --no-single-run~' }),
  ],
  [
    'wtr',
    tool({
      options:
        '--coverage --node-resolve --files= --group= --puppeteer --playwright --concurrency= --static-logging --config<',
      operands: 'names',
    }),
  ],
  [
    'web-test-runner',
    tool({
      options:
        '--coverage --node-resolve --files= --group= --puppeteer --playwright --concurrency= --config<',
      operands: 'names',
    }),
  ],
  ['ng-packagr', tool({ options: '-p< --project< -c< --config<', operands: 'none' })],
  [
    'ng',
    verbs(
      { version: '', 'config-get analytics-info': '' },
      {
        others: [
          ['test', angular],
          ['build', angular],
          ['lint', angular],
          ['b', angular],
          ['t', angular],
        ],
      },
    ),
  ],
  [
    'c8',
    measures(
      '-r= --reporter= --all --src= --include= -n= -x= --exclude= --check-coverage --lines= --functions= --branches= --statements= --100 --reports-dir> -o> --extension= --per-file --skip-full',
    ),
  ],
  [
    'nyc',
    measures(
      '-r= --reporter= --all --include= -n= -x= --exclude= --check-coverage --lines= --functions= --branches= --statements= --report-dir> --silent -s --extension= -e= --per-file --require!  -i! --no-clean --skip-full --cache? --source-map?',
    ),
  ],
  ['cross-env', (call, shell) => shell.runCommand([{ text: 'env' }, ...call.args], { stdin: call.stdin })],
]
