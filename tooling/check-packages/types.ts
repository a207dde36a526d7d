import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complaint, runCommand } from '../command.ts'
import { portable } from '../check-shape/portability.ts'
import type { Package } from '../packages.ts'
import type { Report } from '../report.ts'

const common = {
  target: 'es2023',
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
}

/** How users resolve modules. All check the declarations of everything they import. */
const projects = {
  nodenext: { module: 'nodenext', lib: ['es2024', 'esnext.disposable'], types: ['node'] },
  bundler: {
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2024', 'dom', 'dom.iterable'],
    types: ['node'],
  },
  browser: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2024', 'dom'], types: [] },
}

const entriesOf = (packages: readonly Package[]): string[] =>
  packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {})
      .filter((subpath) => !subpath.endsWith('.json'))
      .map((subpath) => name + subpath.slice(1)),
  )

/** Entries of portable packages that are for Node alone: commands, and what keeps files. */
const onNode = /\/(?:cli|sqlite-cache|redis-cache|redis-state)$/

/** A complaint about the declarations of somebody else's package (`ollama` wants the DOM's), which is not ours to mend. */
const byOthers = /^\S*node_modules\/(?!@ashlar\/)/

/** Compiles a project that imports every entry of every package, as a user of each resolution would. */
export const checkDeclarations = async (consumer: string, packages: readonly Package[]): Promise<Report> => {
  const everything = entriesOf(packages)
  const withoutNode = entriesOf(packages.filter(({ name }) => portable.includes(name))).filter(
    (entry) => !onNode.test(entry),
  )
  const findings: string[] = []
  for (const [name, options] of Object.entries(projects)) {
    const folder = join(consumer, `types-${name}`)
    mkdirSync(folder, { recursive: true })
    const imports = (name === 'browser' ? withoutNode : everything).map(
      (entry, index) => `import * as entry${index} from '${entry}'\nvoid entry${index}\n`,
    )
    writeFileSync(join(folder, 'index.ts'), imports.join(''))
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...common, ...options } }),
    )
    const result = await runCommand('tsc', ['-p', folder, '--pretty', 'false'], { cwd: folder })
    const complaints = result.stdout.split('\n').filter((line) => line !== '' && !byOthers.test(line))
    if (result.code !== 0 && complaints.length > 0) findings.push(`${name}: ${complaints.join('\n')}`)
  }
  const measured = `${everything.length} entries under ${Object.keys(projects).join(', ')}, libraries checked`
  return { check: 'declarations compile for users', measured, findings }
}

const schemas = `
import { z } from 'zod'
export const city = z.object({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']).optional() })
export const numbers = z.object({ a: z.number(), b: z.number() })
export type City = z.infer<typeof city>
export type Numbers = z.infer<typeof numbers>
`

const twoTools = `${schemas}
import { createAgent, tool, type LanguageModel } from '@ashlar/core'
declare const model: LanguageModel
const weather = tool({ description: 'Weather of a city', input: city, execute: ({ city }) => \`Sunny in \${city}\` })
const add = tool({ description: 'Adds', input: numbers, execute: ({ a, b }) => a + b })
export const agent = createAgent({ model, tools: { weather, add } })
`

const mostInstantiations = 3000

/** Type instantiations of an agent with two tools, less those of its schemas alone. */
export const checkInstantiations = async (consumer: string): Promise<Report> => {
  const count = async (name: string, code: string): Promise<number> => {
    const folder = join(consumer, `instantiations-${name}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'index.ts'), code)
    const compilerOptions = { ...common, ...projects.nodenext, skipLibCheck: true }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const result = await runCommand('tsc', ['-p', folder, '--extendedDiagnostics', '--pretty', 'false'])
    const found = /^Instantiations:\s+(?<count>\d+)/m.exec(result.stdout)?.groups?.['count']
    if (result.code !== 0 || !found) throw new Error(complaint(`tsc of ${name}`, result))
    return Number(found)
  }
  const own = (await count('two-tools', twoTools)) - (await count('schemas', schemas))
  return {
    check: 'type instantiations of two tools',
    measured: `${own} of ${mostInstantiations}, without the schema library's own`,
    findings: own > mostInstantiations ? [`${own} instantiations`] : [],
  }
}
