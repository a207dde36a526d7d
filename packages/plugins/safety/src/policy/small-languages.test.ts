import { describe, expect, it } from 'vitest'
import { readAwkProgram } from './commands/awk-program.ts'
import { readSedScript } from './commands/sed-script.ts'
import { judgeSql, readsOnly } from './commands/sql.ts'
import { expandBraces } from './expand-braces.ts'
import { matchesGlob } from './glob-pattern.ts'
import { aimsAtSecret, isSecretFileName } from './sensitive-path.ts'

describe('globs', () => {
  it.each([
    ['*.ts', 'a.ts', true],
    ['?.ts', 'ab.ts', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['\\*', 'a', false],
    ['\\*', '*', true],
    ['a*b*c', 'aXbYc', true],
    ['[', '[', true],
    ['[[:alpha:]]', '1', true],
    ['*'.repeat(30) + 'b', 'a'.repeat(300), false],
  ])('%s on %s: %s', (pattern, text, expected) => expect(matchesGlob(pattern, text)).toBe(expected))
})

describe('braces', () => {
  it.each([
    ['a{b,c}d', ['abd', 'acd']],
    ['{a{1,2},b}', ['a1', 'a2', 'b']],
    ['{1..3}', ['1', '2', '3']],
    ['{03..01}', ['03', '02', '01']],
    ['{a..e..2}', ['a', 'c', 'e']],
    ['{a}', ['{a}']],
    ["{'a,b',c}", ["'a,b'", 'c']],
    ['${x,y}{a,b}', ['${x,y}a', '${x,y}b']],
    ['{1..9}{1..9}', undefined],
  ])('%s', (text, expected) => expect(expandBraces(text)).toEqual(expected))
})

describe('sed scripts', () => {
  it.each([
    ['s/a/b/g;p', { runs: false }],
    ['s/a/id/e', { runs: true, commands: ['id', 'a'] }],
    ['1,5{p;w out\n}', { writes: ['out'] }],
    ['/x/r /etc/passwd', { reads: ['/etc/passwd'] }],
    ['1e date', { runs: true, commands: ['date'] }],
    ['s|a|b|w x', { writes: ['x'] }],
    ['y/ab/cd/;$!d', { runs: false }],
  ])('%s', (script, expected) => expect(readSedScript(script)).toMatchObject(expected))

  it.each(['s/a', 'k', 'y/a/', '/x'])('%s is not understood', (script) =>
    expect(readSedScript(script)).toBeUndefined(),
  )
})

describe('awk programs', () => {
  it.each([
    ['$1 > 5 {print $2}', { writes: false, runs: false }],
    ['{print > "x"}', { writes: true }],
    ['{print | "sh"}', { runs: true }],
    ['BEGIN{system("id")}', { runs: true, strings: ['id'] }],
    ['/a|b/{print}', { runs: false }],
    ['a || b', { runs: false }],
    ['{ "date" | getline d }', { runs: true, reads: true }],
    ['{print ENVIRON["X"]}', { environment: true }],
  ])('%s', (program, expected) => expect(readAwkProgram(program)).toMatchObject(expected))

  it.each(['"open', '@load "x"', '/open'])('%s is not understood', (program) =>
    expect(readAwkProgram(program)).toBeUndefined(),
  )
})

describe('SQL', () => {
  it.each([
    ['select count(*) from t', true],
    ["select 'drop table x'", true],
    ['select 1; delete from t', false],
    ["select writefile('a', 'b')", false],
    ['pragma table_info(t)', true],
    ['pragma journal_mode=off', false],
    ['.tables', true],
    ['.shell ls', false],
    ['attach "x" as y', false],
  ])('%s only reads: %s', (text, expected) => expect(readsOnly(text)).toBe(expected))

  it.each([
    ['DROP TABLE x', 'deny'],
    ['delete from t', 'deny'],
    ['delete from t where id = 1', 'allow'],
    ['/* drop */ select 1', 'allow'],
    ['alter table t drop column c', 'deny'],
    ['update t set a = 1', 'ask'],
  ])('%s → %s', (text, expected) => expect(judgeSql(text).verdict).toBe(expected))
})

describe('names of secrets', () => {
  it('knows them, and what is made to match them', () => {
    expect(['.env', '.env.local', 'id_rsa', 'server.key'].every(isSecretFileName)).toBe(true)
    expect(['.env.example', 'id_rsa.pub', 'env.ts', 'keys.md'].some(isSecretFileName)).toBe(false)
    expect(['.e*', '.en?', 'id_*', '*.pem', '.[e]nv'].every(aimsAtSecret)).toBe(true)
    expect(['*', '*.ts', '*.json', 'src', '.*'].some(aimsAtSecret)).toBe(false)
  })
})
