import { tmpdir } from 'node:os'
import type { JsonSchema, ToolSpec } from '@ashlar/core'
import { workspaceTools } from '@ashlar/workspace'
import { describe, expect, it } from 'vitest'
import { genericCall } from './generic-call.ts'
import { parseListing } from './parse-listing.ts'
import { toolboxOf } from './toolbox.ts'

const spec = (name: string, keys: Record<string, JsonSchema>, description = ''): ToolSpec => ({
  name,
  description,
  inputSchema: { type: 'object', properties: keys, required: Object.keys(keys) },
})
const text = { type: 'string' }

describe('toolboxOf', () => {
  it('knows the workspace tools', () => {
    const tools = Object.entries(workspaceTools({ root: tmpdir() })).map(([name, tool]) => ({
      ...tool,
      name,
    }))
    const { others, ...known } = toolboxOf(tools)
    expect(others.map(({ name }) => name)).toContain('editFile')
    expect(known).toEqual({
      read: { name: 'readFile', path: 'path' },
      write: { name: 'writeFile', path: 'path', text: 'text' },
      list: { name: 'listDirectory', path: 'path' },
      glob: { name: 'glob', path: 'path', pattern: 'pattern' },
      search: { name: 'grep', path: 'path', pattern: 'pattern', literal: 'literal' },
    })
  })

  it('knows tools of other names by their arguments and descriptions', () => {
    const add = spec('add', { a: { type: 'number' } }, 'Adds.')
    const box = toolboxOf([
      spec('read_file', { file_path: text }),
      spec('write_file', { path: text, content: text }),
      spec('list_directory', { path: text }),
      spec('contents_under', { folder: text }, 'Lists a folder.'),
      add,
    ])
    expect(box).toMatchObject({
      read: { name: 'read_file', path: 'file_path' },
      write: { name: 'write_file', text: 'content' },
      list: { name: 'list_directory' },
      others: [add],
    })
    expect(toolboxOf([spec('fetchText', { path: text }, 'Reads a file.')]).read).toBeDefined()
    expect(toolboxOf()).toEqual({ others: [] })
  })

  it('does not take a tool without a path for one that reads', () => {
    expect(toolboxOf([spec('readSensor', { id: text })])).toMatchObject({ others: { length: 1 } })
  })
})

describe('parseListing', () => {
  it.each([
    ['docs/\nlink@\n(there is more)\na.txt (1,234 bytes)', '.', ['a.txt'], ['docs']],
    ['docs/a.md (3 bytes)\ndocs/sub/', 'docs', ['docs/a.md'], ['docs/sub']],
    ['a.md\nsub/', 'docs/', ['docs/a.md'], ['docs/sub']],
    ['docs/a.md', '/home/me/docs', ['docs/a.md'], []],
    ['/abs/a.md', 'docs', ['/abs/a.md'], []],
    ['[FILE] a.md\n[DIR] sub', '.', ['a.md'], ['sub']],
    ['- a.md\n* b.md', '.', ['a.md', 'b.md'], []],
    ['"odd\\nname.txt" (1 bytes)', '.', ['odd\nname.txt'], []],
    ['["a.md","sub/"]', '.', ['a.md'], ['sub']],
    [
      '{"entries":[{"path":"a.md","kind":"file"},{"name":"sub","type":"directory"},{"name":"l","type":"link"}]}',
      '.',
      ['a.md'],
      ['sub'],
    ],
    ['{ broken', '.', ['{ broken'], []],
    ['', 'docs', [], []],
  ])('reads %j in %j', (output, folder, files, folders) => {
    expect(parseListing(output, folder)).toEqual({ files, folders })
  })
})

describe('genericCall', () => {
  const weather = spec('getWeather', { city: text, unit: { enum: ['celsius', 'fahrenheit'] } })
  const add = spec('add', { a: { type: 'number' }, b: { type: 'integer' } })
  const sum = spec('sum_all', { values: { type: 'array', items: { type: 'number' } } })
  it.each([
    [
      'What is the weather in Paris in Celsius?',
      { name: 'getWeather', input: { city: 'Paris', unit: 'celsius' } },
    ],
    ['Please add 2 and -40', { name: 'add', input: { a: 2, b: -40 } }],
    ['The sum of 1, 2.5 and 3', { name: 'sum_all', input: { values: [1, 2.5, 3] } }],
    ['Add something', undefined],
    ['What is the weather in Paris?', undefined],
    ['Hello', undefined],
  ])('takes %j as %j', (prompt, call) => {
    expect(genericCall(prompt, [weather, add, sum])).toEqual(call)
  })
})
