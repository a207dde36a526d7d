import { join, posix, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'
import { type ExportTarget, type Package, readPackages, root, splitSpecifier } from '../packages.ts'
import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'

/** The smallest useful agent: one tool, one OpenAI model, in a browser. */
const agentSource = `
import { createAgent, tool } from '@ashlar/core'
import { openai } from '@ashlar/openai'
const add = tool({ description: 'Adds', execute: async () => 3 })
export const agent = createAgent({ model: openai('gpt-5'), tools: { add } })
`

/** What a bundler for browsers picks: the first condition that holds. */
const browserTarget = (target: ExportTarget | undefined): string | undefined => {
  if (target === undefined || typeof target === 'string') return target
  const condition = Object.keys(target).find((key) => ['browser', 'import', 'default'].includes(key))
  return condition === undefined ? undefined : browserTarget(target[condition])
}

/** Resolves our packages as published, but to their sources, so that nothing must be built; all others stay outside. */
const publishedSources = (packages: readonly Package[]): Plugin => ({
  name: 'published-sources',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path }) => {
      const [name, subpath] = splitSpecifier(path)
      const owner = packages.find((each) => each.name === name)
      const file = browserTarget(owner?.manifest.publishConfig?.exports?.[subpath])
      if (!owner || !file) return { path, external: true }
      const source = file.replace('/dist/', '/src/').replace(/\.js$/, '.ts')
      return { path: join(root, posix.join(owner.folder, source)), sideEffects: false }
    })
  },
})

const externals: Plugin = {
  name: 'externals',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@ashlar/') ? undefined : { path, external: true },
    )
  },
}

/** What a bundle of the agent weighs, and which modules of Node it would ask a browser for. */
export interface AgentBundle {
  /** What a page loads to run the agent; what it loads only when first needed is apart. */
  readonly gzipBytes: number
  readonly lazyGzipBytes: number
  /** Minified bytes by package. */
  readonly parts: Readonly<Record<string, number>>
  readonly nodeImports: readonly string[]
}

/** `packages/base/wire/src/sse.ts` and `node_modules/@ashlar/wire/dist/index.js` are both of `wire`. */
const packageAt = /([\w-]+)\/(?:src|dist)\//

const partsOf = (outputs: readonly Metafile['outputs'][string][]): Record<string, number> => {
  const parts: Record<string, number> = {}
  for (const [path, { bytesInOutput }] of outputs.flatMap(({ inputs }) => Object.entries(inputs))) {
    const name = packageAt.exec(path)?.[1] ?? 'the agent itself'
    parts[name] = (parts[name] ?? 0) + bytesInOutput
  }
  return parts
}

/** The output of the entry and of the chunks it imports, not those it loads by `import()`. */
const loadedAtOnce = ({ outputs }: Metafile): Set<string> => {
  const loaded = new Set(
    Object.keys(outputs).filter((path) => outputs[path]?.entryPoint?.endsWith('agent.js')),
  )
  for (const path of loaded)
    for (const { path: chunk, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && chunk in outputs) loaded.add(chunk)
  return loaded
}

/**
 * Bundles `agentSource` for browsers, without SDK and schema library.
 * @param installed a folder where the packed packages are installed; without it, the sources are bundled
 */
const bundleAgent = async (installed?: string): Promise<AgentBundle> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: agentSource, resolveDir: installed ?? root, sourcefile: 'agent.js' },
    bundle: true,
    splitting: true,
    outdir: '.',
    absWorkingDir: root,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
    plugins: [installed === undefined ? publishedSources(readPackages()) : externals],
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  const atOnce = loadedAtOnce(metafile)
  if (atOnce.size === 0) throw new Error('esbuild wrote no entry for the agent')
  const sizes = outputFiles.map(({ path, contents }) => ({
    atOnce: atOnce.has(relative(root, path)),
    bytes: gzipSync(contents, { level: 9 }).length,
  }))
  const sum = (now: boolean): number =>
    sizes.filter((each) => each.atOnce === now).reduce((total, { bytes }) => total + bytes, 0)
  return {
    parts: partsOf([...atOnce].flatMap((path) => metafile.outputs[path] ?? [])),
    gzipBytes: sum(true),
    lazyGzipBytes: sum(false),
    nodeImports: [...new Set(imports.filter((path) => path.startsWith('node:')))],
  }
}

/** Weighs the agent bundle against its budget; takes the same folder as `bundleAgent`. */
export const checkAgentBundle = async (installed?: string): Promise<Report> => {
  const check = 'agent bundle for a browser'
  try {
    const { parts, gzipBytes, lazyGzipBytes, nodeImports } = await bundleAgent(installed)
    const list = Object.entries(parts).map(([name, bytes]) => `${name} ${bytes}`)
    return {
      check,
      measured: `${gzipBytes} of ${budgets.agentBundleBytes} bytes gzipped, ${lazyGzipBytes} more when needed; minified: ${list.join(', ')}`,
      findings: [
        ...(gzipBytes > budgets.agentBundleBytes ? [`${gzipBytes} bytes gzipped`] : []),
        ...nodeImports.map((path) => `a browser cannot load ${path}`),
      ],
    }
  } catch (error) {
    return { check, measured: 'not measured', findings: [String(error)] }
  }
}
