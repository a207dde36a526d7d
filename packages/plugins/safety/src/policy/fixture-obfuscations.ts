import { Buffer } from 'node:buffer'
import fc from 'fast-check'

/** Writes a command so that it looks different and does the same, or does it from inside another one. */
export type Obfuscation = (command: string) => string

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
const double = (text: string): string => `"${text.replaceAll(/[\\"$`]/g, (character) => `\\${character}`)}"`
const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
const octal = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The command on one line without quotes or expansions: words can be moved. */
const isFlat = (command: string): boolean => !/[^\w ./:=,@+~-]/.test(command) && !/(?:^| )~/.test(command)
const words = (command: string): readonly string[] => command.split(' ')
const flat =
  (change: (words: readonly string[]) => string): Obfuscation =>
  (command) =>
    isFlat(command) && !words(command)[0]?.includes('=') ? change(words(command)) : `( ${command}\n)`
const first = (change: (word: string) => string): Obfuscation =>
  flat(([word = '', ...rest]) => [change(word), ...rest].join(' '))

const obfuscations: readonly Obfuscation[] = [
  (command) => `sh -c ${quote(command)}`,
  (command) => `bash -c ${double(command)}`,
  (command) => `bash -lc ${quote(command)}`,
  (command) => `/bin/sh -ec ${quote(command)}`,
  (command) => `eval ${quote(command)}`,
  (command) => `eval "$(echo ${base64(command)} | base64 -d)"`,
  (command) => `echo ${base64(command)} | base64 -d | sh`,
  (command) => `printf '${hex(command)}' | bash`,
  (command) => `sh -c "$(printf '${octal(command)}')"`,
  (command) => `bash <<'_END_'\n${command}\n_END_`,
  (command) => `cat <<'_END_' | sh\n${command}\n_END_`,
  (command) => `bash <<< ${quote(command)}`,
  (command) => `source /dev/stdin <<< ${quote(command)}`,
  (command) => `bash <(printf %s ${quote(command)})`,
  (command) => `echo ${quote(command)} | tee /tmp/x1 | sh`,
  (command) => `echo ${quote(command)} > run.sh; sh run.sh`,
  (command) => `Zq=${quote(command)}; eval "$Zq"`,
  (command) => `Zq=${quote(command)}; bash -c "$Zq"`,
  (command) => `Zq=Zr; Zr=${quote(command)}; eval "\${!Zq}"`,
  (command) => `Zs=(${quote(command)}); eval "\${Zs[0]}"`,
  (command) => `alias zz=${quote(command)}\nzz`,
  (command) => `trap ${quote(command)} EXIT`,
  (command) => `zf() {\n${command}\n}; zf`,
  (command) => `if true; then\n${command}\nfi`,
  (command) => `for Zi in 1; do\n${command}\ndone`,
  (command) => `while true; do\n${command}\nbreak; done`,
  (command) => `case x in x)\n${command}\n;; esac`,
  (command) => `{\n${command}\n}`,
  (command) => `(\n${command}\n)`,
  (command) => `true && {\n${command}\n}`,
  (command) => `false || (\n${command}\n)`,
  (command) => `ls; {\n${command}\n}`,
  (command) => `echo "$(\n${command}\n)"`,
  (command) => `echo \${Zt:-$(\n${command}\n)}`,
  (command) => `cat <(\n${command}\n)`,
  (command) => `: "\${Zu:=$(\n${command}\n)}"`,
  (command) => `[[ -n $(\n${command}\n) ]]`,
  (command) => `ls | {\n${command}\n}`,
  (command) => `{\n${command}\n} 2>&1 | head`,
  (command) => `timeout 9 sh -c ${quote(command)}`,
  (command) => `env CI=1 sh -c ${quote(command)}`,
  (command) => `env -S ${quote(`sh -c ${double(command)}`)}`,
  (command) => `xargs -I_ sh -c ${quote(command)}`,
  (command) => `find . -exec sh -c ${quote(command)} \\;`,
  (command) => `sudo sh -c ${quote(command)}`,
  (command) => `ssh host ${quote(command)}`,
  (command) => `watch ${quote(command)}`,
  (command) => `nohup bash -c ${quote(command)} &`,
  (command) => `busybox sh -c ${quote(command)}`,
  (command) => `some-wrapper -- sh -c ${quote(command)}`,
  (command) => `git -c alias.x=${quote(`!${command}`)} x`,
  (command) => `npm exec -c ${quote(command)}`,
  (command) => `python3 -c ${quote(`import os; os.system(${JSON.stringify(command)})`)}`,
  first((word) => `${word.slice(0, 1)}''${word.slice(1)}`),
  first((word) => `\\${word}`),
  first((word) => `"${word.slice(0, 1)}"${word.slice(1)}`),
  first((word) => `$'${hex(word)}'`),
  first((word) => `$(printf '${octal(word)}')`),
  first((word) => `\`echo ${word}\``),
  first((word) => `\${nope}${word}`),
  first((word) => `${word.slice(0, 1)}$@${word.slice(1)}`),
  first((word) => `command ${word}`),
  first((word) => `exec ${word}`),
  first((word) => `nice -n 5 timeout 9 ${word}`),
  first((word) => `time ${word}`),
  first((word) => `Zq=${word}; $Zq`),
  flat((all) => all.join('${IFS}')),
  flat((all) =>
    all.length > 1 && all.every((word) => !word.includes(',')) ? `{${all.join(',')}}` : all.join(' '),
  ),
  flat((all) => `set -- ${all.join(' ')}; "$@"`),
  flat((all) => `Zs=(${all.join(' ')}); "\${Zs[@]}"`),
  flat((all) => `IFS=^; Zq=${quote(all.join('^'))}; $Zq`),
  flat((all) => `zg() { "$@"; }; zg ${all.join(' ')}`),
  flat(([word = '', ...rest]) => `printf '%s\\n' ${rest.map(quote).join(' ')} | xargs ${word}`),
  flat((all) => all.map((word) => `"${word}"`).join(' ')),
  flat((all) => all.map((word) => `$'${hex(word)}'`).join(' ')),
]

/** One to three of them, one inside the other. */
export const anyObfuscation: fc.Arbitrary<Obfuscation> = fc
  .array(fc.constantFrom(...obfuscations), { minLength: 1, maxLength: 3 })
  .map((chain) => (command) => chain.reduce((text, change) => change(text), command))
