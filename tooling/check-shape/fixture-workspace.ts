import type { Manifest, Package } from '../packages.ts'
import { parseSource } from './source-file.ts'
import type { Workspace } from './workspace.ts'

/** A README as every package has it. */
export const goodReadme = (name: string): string =>
  `# ${name}\nDoes one thing.\n\n## Install\n\`npm install ${name}\`\n\n\`\`\`ts\nconsole.log(1)\n\`\`\`\n` +
  '\n## Use it alone\nYes.\n\n## API\n| name | does |\n|---|---|\n| `x` | y |\n'

/** A package as every package is made. */
export const goodPackage = (folder: string, change: Partial<Manifest> = {}): Package => {
  const name = `@ashlar/${folder.split('/').at(-1)}`
  const manifest: Manifest = {
    name,
    description: 'Does one thing.',
    keywords: ['agent'],
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    files: ['dist'],
    exports: { '.': './src/index.ts' },
    publishConfig: {
      access: 'public',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    },
    scripts: { build: 'tsup && tsc -p tsconfig.build.json', typecheck: 'tsc -p tsconfig.json' },
    engines: { node: '>=22.13' },
    ...change,
  }
  return { name, folder, manifest, readme: goodReadme(name) }
}

/** A workspace of files by path; packages are as they should be unless given. */
export const workspaceOf = (
  files: Readonly<Record<string, string>>,
  packages: readonly Package[] = [],
): Workspace => ({
  packages,
  readme: packages.map(({ folder }) => `(${folder})`).join('\n'),
  files: Object.entries(files).map(([path, text]) => parseSource(path, text)),
})
