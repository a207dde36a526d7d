import { describe, expect, it } from 'vitest'
import { encodingOf } from './encoding-of.ts'

describe('encodingOf', () => {
  it.each([
    ['gpt-4', 'cl100k_base'],
    ['gpt-4-0613', 'cl100k_base'],
    ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
    ['gpt-4o', 'o200k_base'],
    ['gpt-4o-mini-2024-07-18', 'o200k_base'],
    ['GPT-4o', 'o200k_base'],
    ['gpt-4.1-nano', 'o200k_base'],
    ['gpt-4.5-preview', 'o200k_base'],
    ['gpt-5', 'o200k_base'],
    ['gpt-5.4-mini-2026-03-17', 'o200k_base'],
    ['gpt-oss:20b', 'o200k_base'],
    ['o3', 'o200k_base'],
    ['o1-preview-2024-09-12', 'o200k_base'],
    ['chatgpt-4o-latest', 'o200k_base'],
    ['gpt-3.5-turbo-16k', 'cl100k_base'],
    ['gpt-35-turbo', 'cl100k_base'],
    ['text-embedding-3-large', 'cl100k_base'],
    ['davinci-002', 'cl100k_base'],
    ['text-davinci-003', 'p50k_base'],
    ['text-davinci-001', 'r50k_base'],
    ['davinci', 'r50k_base'],
    ['davinci:ft-acme-2023-01-01', 'r50k_base'],
    ['ft:gpt-4o-2024-08-06:acme:name:id', 'o200k_base'],
    ['ft:gpt-4-0613:acme::id', 'cl100k_base'],
    ['ft:davinci-002:acme', 'cl100k_base'],
    ['openai/gpt-4', 'cl100k_base'],
    ['openrouter/openai/gpt-4o:extended', 'o200k_base'],
    ['openai/ft:gpt-3.5-turbo:acme', 'cl100k_base'],
    ['us.openai.gpt-oss-120b-1:0', 'o200k_base'],
    [' gpt-4o ', 'o200k_base'],
  ])('%s → %s', (id, encoding) => {
    expect(encodingOf(id)).toBe(encoding)
  })

  const unknown = [
    '',
    '/',
    'gpt-4x',
    'gpt-4.7',
    'gpt-40',
    'o30',
    'o4',
    'gpt-6',
    'gpt',
    'adaptive',
    'constructor',
  ]
  const others = [
    'claude-opus-5',
    'anthropic/claude-sonnet-5',
    'gemini-3-flash',
    'llama-3.3-70b',
    'my-gpt-4o',
  ]
  it.each([...unknown, ...others])('%j → unknown', (id) => {
    expect(encodingOf(id)).toBeUndefined()
  })
})
