import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './bootstrap.mjs'

// What an npm script loads before it has fetched its own Node runs on the user's, which may be 20.0.
const oldest = {
  'node:child_process': ['spawn', 'spawnSync', 'execFile', 'execFileSync'],
  'node:fs': [
    'existsSync',
    'mkdirSync',
    'readFileSync',
    'readdirSync',
    'realpathSync',
    'renameSync',
    'rmSync',
    'statSync',
    'writeFileSync',
  ],
  'node:os': ['constants', 'homedir', 'tmpdir'],
  'node:crypto': ['createHash'],
  'node:path': ['basename', 'delimiter', 'dirname', 'join', 'relative', 'resolve', 'sep'],
  'node:url': ['fileURLToPath', 'pathToFileURL'],
}

/** What is imported statically, here and by what is imported: `file: name of module`. */
const firstImports = (file, source = readFileSync(file, 'utf8'), seen = new Set()) =>
  [...source.matchAll(/^(?:import|export) (?:\{([^}]*)\}|[\w*][^'{]*?) from '([^']+)'/gm)].flatMap(
    ([, names = '*', from]) => {
      if (!from.startsWith('.'))
        return names
          .split(',')
          .flatMap((name) =>
            name.trim()
              ? [{ name: name.trim().replace(/ as .*/s, ''), from, file: relative(root, file) }]
              : [],
          )
      const target = join(dirname(file), from)
      if (seen.has(target)) return []
      seen.add(target)
      return firstImports(target, undefined, seen)
    },
  )

const tooNew = (imports) => imports.filter(({ name, from }) => !oldest[from]?.includes(name))

describe('what npm scripts load first', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const entries = [
    ...new Set(Object.values(scripts).flatMap((script) => script.match(/scripts\/[\w/-]+\.mjs/g) ?? [])),
  ]

  it.each(entries)('%s is there in Node 20', (entry) => {
    expect(tooNew(firstImports(join(root, entry)))).toEqual([])
  })

  it('is more than one script, and finds what is too new', () => {
    expect(entries.length).toBeGreaterThan(4)
    const source = "import { existsSync, globSync } from 'node:fs'\nimport { x } from 'somewhere'\n"
    expect(tooNew(firstImports(join(root, 'a.mjs'), source)).map(({ name }) => name)).toEqual([
      'globSync',
      'x',
    ])
  })
})
