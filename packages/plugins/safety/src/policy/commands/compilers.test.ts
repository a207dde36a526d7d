import { describe, expect, it } from 'vitest'
import { createCommandPolicy } from '../create-command-policy.ts'
import { memoryFiles } from '../fixture-files.ts'

const root = '/home/dev/project'
const files = memoryFiles({
  [`${root}/src/main.c`]: 'int main(void) { return 0; }',
  [`${root}/build/app`]: 'elf',
  [`${root}/a.out`]: 'elf',
})
const policy = createCommandPolicy({ home: '/home/dev', files })
const verdict = (command: string): string => policy(command, { cwd: root }).verdict

describe('a compiler', () => {
  it.each([
    ['gcc -Wall -o build/app src/main.c -lm', 'allow'],
    ['gcc -o a.out src/main.c', 'allow'],
    ['clang -fsyntax-only src/main.c', 'allow'],
    ['gcc -o src/main.c build/a.o', 'ask'],
    ['gcc -o ../app src/main.c', 'ask'],
    ['gcc -x c -', 'ask'],
    ['gcc -o /usr/bin/app src/main.c', 'deny'],
    ['gcc -fplugin=./x.so src/main.c', 'deny'],
    ['gcc @arguments src/main.c', 'deny'],
    ['gcc -E -include ~/.ssh/id_rsa src/main.c', 'deny'],
    ['rustc -C opt-level=3 --out-dir target src/main.rs', 'allow'],
    ['rustc -C linker=./ld src/main.rs', 'ask'],
    ['javac -cp lib/a.jar:lib/b.jar -d build src/A.java', 'allow'],
    ['javac -cp lib/a.jar:../../b.jar -d build src/A.java', 'ask'],
    ['javac -processor Evil src/A.java', 'deny'],
    ['kotlinc src/Main.kt -d build/main.jar', 'allow'],
    ['kotlinc -script src/main.kts', 'deny'],
    ['go build -ldflags "-s -w -X main.version=1.2" -o bin/app .', 'allow'],
    ['go build -ldflags -extld=./ld .', 'ask'],
    ['cmake -S . -B build -DBUILD_TESTING=ON', 'allow'],
    ['cmake -S . -B build -DCMAKE_C_COMPILER=./cc', 'ask'],
    ['cmake -E rm -rf /home', 'deny'],
  ])('%s → %s', (command, expected) => expect(verdict(command)).toBe(expected))
})

describe('a question about the program itself', () => {
  it.each([
    ['ghc --version', 'allow'],
    ['dd --help', 'allow'],
    ['git rebase --help', 'allow'],
    ['gh pr create --help', 'allow'],
    ['docker compose up --help', 'allow'],
    ['docker run --help', 'allow'],
    ['docker run alpine --help', 'ask'],
    ['npm run anything --help', 'ask'],
    ['unheard-of --version', 'ask'],
    ['./rm --version', 'ask'],
    ['npx unheard-of --help', 'ask'],
    ['mage version', 'ask'],
  ])('%s → %s', (command, expected) => expect(verdict(command)).toBe(expected))
})

describe('what only the running shell knows', () => {
  it.each([
    ['"$@"', 'ask'],
    ['$1 test', 'ask'],
    ['echo "$1"', 'allow'],
    ['set -- ls; "$@"', 'allow'],
    ['f() { "$@"; }; f ls', 'allow'],
    ['f() { "$@"; }; f rm -rf /', 'deny'],
    [`sh -c '"$0" "$@"' rm -rf /`, 'deny'],
    ['declare -x', 'ask'],
    ['declare -x NAME=value', 'ask'],
    ['export -p | grep PATH', 'ask'],
    ['. venv/bin/activate', 'ask'],
  ])('%s → %s', (command, expected) => expect(verdict(command)).toBe(expected))
})
