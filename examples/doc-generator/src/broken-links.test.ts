import { describe, expect, it } from 'vitest'
import { brokenLinks, slugOf } from './broken-links.ts'

describe('brokenLinks', () => {
  it('names links to pages, headings and files that are not there', () => {
    const pages = new Map([
      [
        'a.md',
        '# A\n[b](b.md) [two](b.md#two) [again](b.md#two-1) [site](https://x.test/y) [file](../there.md) [own](#a)\n',
      ],
      [
        'b.md',
        '## Two\n## Two\n[no](c.md) [no](a.md#none) [no](../gone.md) [no](#three) `[code](z.md)`\n```\n[x](y.md)\n# Three\n```\n',
      ],
    ])
    expect(brokenLinks(pages, (path) => path === '../there.md')).toEqual(
      ['c.md', 'a.md#none', '../gone.md', '#three'].map((target) => ({ page: 'b.md', target })),
    )
  })

  it('knows the anchors of headings', () => {
    expect(['@ashlar/workspace/git', 'What it is: a `tool`', 'a_b-c'].map(slugOf)).toEqual([
      'ashlarworkspacegit',
      'what-it-is-a-tool',
      'a_b-c',
    ])
  })
})
