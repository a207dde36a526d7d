import { ask, type Outcome } from '../outcome.ts'
import type { ParsedArguments } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { tool } from '../tool.ts'

/** Commands that read files or standard input and print; none of the options named here writes or runs anything. */
/** The languages of jq and yq can print the environment and read other files. */
const readsEnvironment = (parsed: ParsedArguments): Outcome | undefined => {
  const words = parsed.operands[0]?.text.match(/[$\w]+/g) ?? []
  if (words.some((word) => ['env', 'strenv', '$ENV', '$__prog_args', 'envsubst'].includes(word)))
    return ask('environment', 'The filter reads the environment; it may hold credentials.')
  return words.some((word) =>
    [
      'load',
      'load_str',
      'import',
      'include',
      'input_filename',
      'eval',
      'load_props',
      'load_xml',
      'load_base64',
    ].includes(word),
  )
    ? ask('script-reads', 'The filter reads other files.')
    : undefined
}

export const textJudges: Readonly<Record<string, Judge>> = {
  head: tool({ options: '-# -n= -c= -qvz --lines= --bytes= --quiet --silent --verbose' }),
  tail: tool({
    options: '-# +# -n= -c= -fFqvzr -s= --lines= --bytes= --follow? --quiet --retry --pid= --sleep-interval=',
  }),
  wc: tool({ options: '-clmwL --bytes --chars --lines --words --max-line-length --total=', prints: 'words' }),
  nl: tool({ options: '-p -b= -d= -f= -h= -i= -l= -n= -s= -v= -w= --body-numbering=' }),
  tac: tool({ options: '-br -s= --separator=' }),
  uniq: tool({
    options: '-cdDiuz -f= -s= -w= --count --repeated --unique --ignore-case',
    first: ['read', 'replace'],
  }),
  sort: tool({
    options: `-bdfghiMnRrVcCmsuz -k= -t= -S= -T/ -o^ --numeric-sort --reverse --unique --key= --field-separator= --human-numeric-sort --version-sort --ignore-case
      --general-numeric-sort --check --stable --zero-terminated --parallel= --output^ --compress-program! --temporary-directory/ --files0-from<`,
  }),
  cut: tool({
    options:
      '-b= -c= -d= -f= -nsz --bytes= --characters= --delimiter= --fields= --complement --only-delimited --output-delimiter=',
  }),
  paste: tool({ options: '-d= -sz --delimiters= --serial' }),
  comm: tool({ options: '-123iz --check-order --nocheck-order --total --output-delimiter=' }),
  join: tool({ options: '-a= -e= -i -j= -o= -t= -v= -1= -2= -z --header' }),
  fold: tool({ options: '-bs -w= --width= --spaces' }),
  fmt: tool({ options: '-cstu -w= -p= --width=' }),
  expand: tool({ options: '-i -t= --tabs=' }),
  unexpand: tool({ options: '-a -t= --tabs=' }),
  column: tool({ options: '-texnJ -s= -c= -o= -N= -R= --table --separator= --output-separator=' }),
  pr: tool({ options: '-# -adftmT -h= -l= -w= -o=' }),
  shuf: tool({ options: '-erz -n= -i= --head-count= --echo --input-range= --repeat --random-source<' }),
  cmp: tool({ options: '-blsz -n= -i= --bytes= --silent --quiet --verbose --print-bytes' }),
  diff: tool({
    options: `-# -abBcdeEfiNnpqrstTuwyZ -U= -C= -I= -W= -x= -F= -S= --unified? --context? --brief --recursive --ignore-all-space --ignore-space-change
      --ignore-blank-lines --side-by-side --width= --suppress-common-lines --color? --exclude= --new-file --report-identical-files --text --minimal
      --no-dereference --strip-trailing-cr --label= --from-file< --to-file<`,
  }),
  diff3: tool({ options: '-AaeExXimT3 -L=' }),
  colordiff: tool({ options: '-urNwbB' }),
  sdiff: tool({ options: '-bBiWls -w=' }),
  od: tool({
    options: '-abcdfhiloxsv -A= -j= -N= -t= -w? --format= --address-radix= --skip-bytes= --read-bytes=',
  }),
  hexdump: tool({ options: '-bcCdovx -n= -s= -e=' }),
  hd: tool({ options: '-bcCdovx -n= -s=' }),
  strings: tool({ options: '-# -af -n= -t= -e= --bytes= --radix= --all' }),
  md5sum: tool({ options: '-bctwz --check --tag --quiet --status' }),
  sha1sum: tool({ options: '-bctwz --check --tag --quiet --status' }),
  sha256sum: tool({ options: '-bctwz --check --tag --quiet --status' }),
  sha512sum: tool({ options: '-bctwz --check --tag --quiet --status' }),
  b2sum: tool({ options: '-bctwz -l= --check --tag' }),
  shasum: tool({ options: '-bctp -a= --algorithm= --check' }),
  md5: tool({ options: '-qr' }),
  cksum: tool({ options: '-a= --algorithm= --untagged' }),
  sum: tool({ options: '-rs' }),
  zcat: tool({ options: '-fv' }),
  bzcat: tool({ options: '-s' }),
  xzcat: tool({ options: '-q' }),
  zgrep: tool({ options: '-cEFhHilnovw', first: ['text', 'read'] }),
  bat: tool({
    options:
      '-pnAP -l= -r= -H= --plain --number --language= --line-range= --style= --color= --paging= --show-all --theme= --no-pager --diff',
  }),
  batcat: tool({
    options: '-pnAP -l= -r= --plain --number --language= --line-range= --style= --color= --paging=',
  }),
  more: tool({ options: '-# -dfpcsu' }),
  jq: tool({
    options: `-rcSneasjCMeRx -L/ --raw-output --compact-output --sort-keys --null-input --exit-status --slurp --join-output --color-output --monochrome-output --raw-input --tab
      --indent= --ascii-output --seq --stream --args --jsonargs --arg: --argjson: --unbuffered`,
    first: ['text'],
    operands: 'read',
    refine: readsEnvironment,
  }),
  gojq: tool({ options: '-rcSneasj', first: ['text'], refine: readsEnvironment }),
  yq: tool({
    options:
      '-rcneNPCM -o= -p= --output-format= --input-format= --prettyPrint --exit-status --no-colors --raw-output --unwrapScalar --colors',
    refine: readsEnvironment,
    first: ['text'],
  }),
  xmllint: tool({ options: '--noout --format --xpath= --schema< --valid --html --nonet --quiet --c14n' }),
  iconv: tool({ options: '-c -f= -t= --from-code= --to-code=' }),
  asciidoctor: tool({ options: '-n', operands: 'none' }),
  cloc: tool({
    options: '--json --csv --md --quiet --by-file --exclude-dir= --include-lang= --exclude-ext= --hide-rate',
    operands: 'tree',
  }),
  tokei: tool({
    options: '-fC -e= -t= -s= -o= --files --exclude= --type= --sort= --output=',
    operands: 'tree',
  }),
  scc: tool({
    options: '-wl -i= -f= --by-file --no-cocomo --format= --exclude-dir= --include-ext=',
    operands: 'tree',
  }),
}
