import { homedir } from 'node:os'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyGlob, belowHome, isSecretFileName, isSecretPath } from './index.ts'

const home = '/home/ann'
const other = '/home/bob'
const mac = '/Users'
const admin = '/root'

describe('isSecretFileName', () => {
  it.each([
    '.env',
    '.env.local',
    'prod.env',
    '.ENV',
    'id_rsa',
    'ID_RSA',
    'server.key',
    'a.pem',
    'credentials.json',
    'x.tfstate',
    'accessTokens.json',
  ])('knows %s', (name) => {
    expect(isSecretFileName(name)).toBe(true)
  })
  it.each([
    '.env.example',
    '.ENV.SAMPLE',
    'id_rsa.pub',
    'cert.pem',
    'env.ts',
    'environment',
    'keys.md',
    'a.envx',
    '.npmrc',
    '',
  ])('leaves %s alone', (name) => {
    expect(isSecretFileName(name)).toBe(false)
  })
})

describe('isSecretPath', () => {
  it.each([
    '/srv/app/.env',
    `${home}/.ssh/config`,
    `${other}/.aws/credentials`,
    `${mac}/bob/.npmrc`,
    `${admin}/.kube/config`,
    '/etc/shadow',
    '/proc/self/environ',
    '/proc/1/environ',
  ])('knows %s', (path) => {
    expect(isSecretPath(path, { home })).toBe(true)
  })
  it.each([
    '/srv/app/.npmrc',
    '/srv/app/.ssh/config',
    `${home}/.ssh/id_ed25519.pub`,
    `${home}/project/src/env.ts`,
    '/etc/hosts',
  ])('leaves %s alone', (path) => {
    expect(isSecretPath(path, { home })).toBe(false)
  })
  it('knows the home of this process', () => {
    expect(isSecretPath(`${homedir()}/.netrc`)).toBe(true)
    expect(isSecretPath(`${homedir()}/.kube/config`)).toBe(true)
  })
  it('says of every folder what the name of the file says', () => {
    const folders = fc.array(
      fc.string({ minLength: 1, maxLength: 8 }).filter((part) => !/[/\0]/.test(part)),
      { maxLength: 4 },
    )
    const property = fc.property(folders, (parts) => isSecretPath(['', ...parts, '.env'].join('/'), { home }))
    expect(fc.check(property)).toMatchObject({ failed: false })
  })
})

describe('belowHome', () => {
  it('is the rest of the path', () => {
    expect(
      [`${home}/a/b`, `${other}/c`, `${admin}/.x`, other, '/srv/a', home].map((path) =>
        belowHome(path, home),
      ),
    ).toEqual(['a/b', 'c', '.x', undefined, undefined, undefined])
    expect(belowHome('/srv/a', '/')).toBeUndefined()
  })
})

describe('anyGlob', () => {
  it('matches whole paths only', () => {
    const matches = anyGlob(`a/*.x b?
      c+d`)
    expect(['a/b/c.x', 'bb', 'c+d', 'za/b.x', 'b', 'ccd', 'a/bxx'].map(matches)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})
