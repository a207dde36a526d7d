import { describe, expect, it } from 'vitest'
import type { Manifest } from '../packages.ts'
import { goodPackage, goodReadme, workspaceOf } from './fixture-workspace.ts'
import { checkPackageTemplate } from './package-template.ts'

const folder = 'packages/core'
const name = '@ashlar/core'
const problems = (change: Partial<Manifest>): readonly string[] =>
  checkPackageTemplate(workspaceOf({}, [goodPackage(folder, change)])).findings
const readmeProblems = (readme: string): readonly string[] =>
  checkPackageTemplate(workspaceOf({}, [{ ...goodPackage(folder), readme }])).findings

describe('the package template', () => {
  it('accepts a package made like the others', () => {
    expect(problems({})).toEqual([])
  })

  it.each<[Partial<Manifest>, string]>([
    [{ license: 'ISC' }, 'license should be "MIT", is "ISC"'],
    [{ type: 'commonjs' }, 'type should be "module"'],
    [{ sideEffects: true }, 'sideEffects should be false'],
    [{ files: ['dist', 'src'] }, 'files should be ["dist"]'],
    [{ engines: { node: '>=18' } }, 'engines should be'],
    [{ scripts: { build: 'tsc' } }, 'scripts should be'],
    [{ name: '@ashlar/kernel' }, 'name should be that of its folder'],
    [{ description: '' }, 'description is missing'],
    [{ keywords: [] }, 'keywords are missing'],
    [{ bin: { x: './src/bin.ts' } }, 'publishConfig.bin should be what bin is built to'],
    [{ dependencies: { zod: '4.0.0' } }, 'zod should be catalog:, is 4.0.0'],
    [{ dependencies: { '@ashlar/wire': '^1.0.0' } }, '@ashlar/wire should be workspace:^'],
  ])('reports %j', (change, problem) => {
    expect(problems(change)).toEqual([expect.stringContaining(problem)])
  })

  const types = './dist/index.d.ts'
  it.each<[NonNullable<Manifest['publishConfig']>['exports'], string]>([
    [{}, 'should have types and default'],
    [{ '.': './dist/index.js' }, 'should have types and default'],
    [{ '.': { default: './dist/index.js', types } }, 'should begin with types and end with default'],
    [{ '.': { types, default: './dist/main.js' } }, 'should be what ./src/index.ts is built to'],
    [
      { '.': { types, node: './dist/index.js', default: './dist/fetch.js' } },
      'no entry in exports is built to',
    ],
  ])('reports published exports %j', (exports, problem) => {
    const found = problems({ publishConfig: { access: 'public', ...(exports && { exports }) } })
    expect(found.join('\n')).toContain(problem)
  })

  it('reports a published subpath that has no source', () => {
    const entry = { types, default: './dist/index.js' }
    const found = problems({ publishConfig: { access: 'public', exports: { '.': entry, './x': entry } } })
    expect(found).toEqual([expect.stringContaining('"./x"] is not in exports')])
  })

  it('takes data from where the build copies it to', () => {
    const entry = { types, default: './dist/index.js' }
    const of = (data: string) =>
      problems({
        exports: { '.': './src/index.ts', './data.json': './public/data.json' },
        publishConfig: { access: 'public', exports: { '.': entry, './data.json': data } },
      })
    expect(of('./dist/data.json')).toEqual([])
    expect(of('./public/data.json')).toEqual([expect.stringContaining('should be ./dist/data.json')])
  })

  it('accepts a file for Node beside one for browsers', () => {
    const found = problems({
      exports: { '.': './src/index.ts', './fetch': './src/fetch.ts' },
      publishConfig: {
        access: 'public',
        exports: {
          '.': { types, node: './dist/index.js', default: './dist/fetch.js' },
          './fetch': { types: './dist/fetch.d.ts', default: './dist/fetch.js' },
        },
      },
    })
    expect(found).toEqual([])
  })

  it.each([
    ['', 'should begin with'],
    [goodReadme(name).replace('npm install', 'npm i'), 'should say "npm install'],
    [goodReadme(name).replace('```ts', '```ts no-run'), 'should have an example that runs'],
    [goodReadme(name).replace('console.log(1)', 'x()\n'.repeat(16)), 'its first example has 16 lines'],
    [goodReadme(name).replace('Use it alone', 'Usage'), 'should have a heading "Use it alone"'],
    [goodReadme(name).replaceAll('|', ''), 'should have a heading "API" with a table'],
  ])('reports a README that lacks something', (readme, problem) => {
    expect(readmeProblems(readme).join('\n')).toContain(problem)
  })
})

it('reports a package that the README of the repository does not link to', () => {
  const workspace = { ...workspaceOf({}, [goodPackage(folder)]), readme: '# Ashlar' }
  expect(checkPackageTemplate(workspace).findings).toEqual([expect.stringContaining('does not link to')])
})
