import { InvalidArgument } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyTemplate } from './apply-template.ts'
import { generateMarkdown } from './generate-markdown.ts'

describe('generateMarkdown', () => {
  it('writes every kind of block', () => {
    const page = generateMarkdown([
      { heading: 'A\npage', level: 1 },
      { paragraph: ' Some *text*. ' },
      { list: ['one', 'two\nlines'] },
      { list: ['first'], ordered: true },
      { table: { columns: ['a', 'b|c'], rows: [['1', 'x|y'], ['2']] } },
      { code: 'a ```` b', language: 'ts' },
      { quote: 'said\nso' },
      { heading: 'End', level: 9 },
    ])
    expect(page).toBe(
      `# A page\n\nSome *text*.\n\n- one\n- two\n  lines\n\n1. first\n\n| a | b\\|c |\n| --- | --- |\n| 1 | x\\|y |\n| 2 |  |\n\n\`\`\`\`\`ts\na \`\`\`\` b\n\`\`\`\`\`\n\n> said\n> so\n\n###### End\n`,
    )
    expect(generateMarkdown([])).toBe('')
  })

  it.each([
    ['[{ "title": "x" }]', 'blocks[0]', 'one of title'],
    ['[{ "paragraph": "x" }, { "list": "one" }]', 'blocks[1]', 'one of list'],
    ['[{ "table": { "columns": ["a"] } }]', 'blocks[0]', 'one of table'],
    ['[null]', 'blocks[0]', 'null'],
    ['["text"]', 'blocks[0]', 'text'],
    ['{}', 'blocks', 'a list of blocks'],
  ])('names the block that is none: %s', (json, field, found) => {
    const make = () => generateMarkdown(JSON.parse(json))
    expect(make).toThrow(InvalidArgument)
    expect(make).toThrow(`${field}: expected`)
    expect(make).toThrow(found)
  })

  it('keeps cells in their row and code in its fence, whatever the text', () => {
    const cells = fc.array(
      fc.string({ unit: fc.constantFrom('|', '\\', '\n', 'a', '`', ' '), maxLength: 8 }),
      {
        minLength: 2,
        maxLength: 2,
      },
    )
    fc.assert(
      fc.property(cells, fc.string({ unit: fc.constantFrom('`', '\n', 'a') }), (cellTexts, code) => {
        const table = generateMarkdown([{ table: { columns: ['a', 'b'], rows: [cellTexts] } }])
        const last = table.trimEnd().split('\n').slice(2)
        expect(last).toHaveLength(1)
        expect((last[0] ?? '').replaceAll(/\\./g, '').split('|')).toHaveLength(4)
        const fenced = generateMarkdown([{ code }])
        const [fence = ''] = fenced.split('\n')
        expect(fenced.slice(fence.length + 1, -fence.length - 2)).not.toContain(fence)
      }),
      { numRuns: 200 },
    )
  })
})

describe('applyTemplate', () => {
  it('fills in values, loops and conditions', async () => {
    const template =
      '{{ title | upcase }}{% for x in items %} {{ x.n }}{% if x.last %}!{% endif %}{% endfor %}'
    const items = [
      { n: 1, last: false },
      { n: 2, last: true },
    ]
    expect(await applyTemplate(template, { data: { title: 'hi', items } })).toBe('HI 1 2!')
  })

  it.each([
    ['what is not there', '{{ other }}'],
    ['the prototype', '{{ name.constructor }}'],
    ['an unknown filter', '{{ name | run }}'],
    ['files', "{% render '/etc/passwd' %}"],
    ['files by include', "{% include '../secret' %}"],
    ['a broken tag', '{% for %}'],
    ['too much', '{% for i in (1..100000000) %}x{% endfor %}'],
  ])('refuses %s', async (_, template) => {
    await expect(applyTemplate(template, { data: { name: { a: 1 } } })).rejects.toMatchObject({
      code: 'template',
    })
  })
})
