import { describe, expect, it } from 'vitest'
import { createSecrets } from './secrets.ts'

const hiding = (values: Readonly<Record<string, string>>) => {
  const secrets = createSecrets()
  for (const [name, value] of Object.entries(values)) secrets.add(value, name)
  return secrets
}

describe('createSecrets', () => {
  it('hides a secret as it is, inside JSON and inside a URL', () => {
    const { hide } = hiding({ API_KEY: 'a"b c/d+e1' })
    expect(hide('x a"b c/d+e1 y')).toBe('x [secret] y')
    expect(hide(JSON.stringify({ at: 'a"b c/d+e1' }))).toBe('{"at":"[secret]"}')
    expect(hide(`?key=${encodeURIComponent('a"b c/d+e1')}&z`)).toBe('?key=[secret]&z')
  })
  it('hides the token of a scheme by itself', () => {
    expect(hiding({ Authorization: 'Bearer abcdef123456' }).hide('got abcdef123456')).toBe('got [secret]')
  })
  it('hides the longer of two secrets that overlap', () => {
    const { hide } = hiding({ A_TOKEN: 'abcd1234', B_TOKEN: 'abcd1234efgh' })
    expect(hide('abcd1234efgh abcd1234')).toBe('[secret] [secret]')
  })
  it('hides a short value when its name says that it is secret', () => {
    expect(hiding({ DB_PASSWORD: 'hunt' }).hide('hunt!')).toBe('[secret]!')
  })
  it('leaves paths, switches, numbers and plain addresses readable', () => {
    const { hide } = hiding({
      HOME: '/home/mason',
      DEBUG: 'true',
      NODE_ENV: 'production',
      PORT: '30000',
      BASE: 'https://example.com/mcp',
      SHORT: 'abcdefg',
    })
    const text = '/home/mason true production 30000 https://example.com/mcp abcdefg'
    expect(hide(text)).toBe(text)
  })
  it('hides unnamed values and addresses with credentials', () => {
    const secrets = hiding({ URL: 'https://me:pw123456@example.com/' })
    secrets.add('expanded-value')
    expect(secrets.hide('https://me:pw123456@example.com/ expanded-value')).toBe('[secret] [secret]')
  })
  it('leaves in results what is only a name or a word, and hides what looks like a token', () => {
    const { hide, hideLikely } = hiding({
      OWNER: 'my-organisation',
      HANDLE: 'ghp_16C7e42F292c6912E7710c838347Ae',
    })
    const text = 'my-organisation ghp_16C7e42F292c6912E7710c838347Ae'
    expect(hide(text)).toBe('[secret] [secret]')
    expect(hideLikely(text)).toBe('my-organisation [secret]')
  })
})
