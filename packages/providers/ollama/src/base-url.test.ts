import { describe, expect, it } from 'vitest'
import { toBaseURL } from './base-url.ts'

describe('toBaseURL', () => {
  it.each([
    ['', 'http://127.0.0.1:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['0.0.0.0:8080', 'http://127.0.0.1:8080'],
    [':8080', 'http://127.0.0.1:8080'],
    ['example.com', 'http://example.com:11434'],
    ['example.com:1234/ollama/', 'http://example.com:1234/ollama'],
    ['http://example.com', 'http://example.com'],
    ['HTTPS://example.com/', 'https://example.com'],
    ['https://example.com:8443/v', 'https://example.com:8443/v'],
    ['::1', 'http://[::1]:11434'],
    ['[::1]:80', 'http://[::1]:80'],
    ['[::]:80', 'http://127.0.0.1:80'],
    [' "localhost" ', 'http://localhost:11434'],
  ])('reads %j as %s', (text, expected) => {
    expect(toBaseURL(text)).toBe(expected)
  })

  it.each(['ftp://example.com', 'two words', 'example.com:port'])('refuses %s', (text) => {
    expect(() => toBaseURL(text)).toThrow('baseURL: expected the address of an Ollama server')
  })
})
