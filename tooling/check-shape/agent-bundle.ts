import { posix, join } from 'node:path'
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
  readonly gzipBytes: number
  /** Minified bytes by package. */
  readonly parts: Readonly<Record<string, number>>
  readonly nodeImports: readonly string[]
}

/** `packages/base/wire/src/sse.ts` and `node_modules/@ashlar/wire/dist/index.js` are both of `wire`. */
const packageAt = /([\w-]+)\/(?:src|dist)\//

const partsOf = ({ outputs }: Metafile): Record<string, number> => {
  const parts: Record<string, number> = {}
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs),
  )) {
    const name = packageAt.exec(path)?.[1] ?? 'the agent itself'
    parts[name] = (parts[name] ?? 0) + bytesInOutput
  }
  return parts
}

/**
 * Bundles `agentSource` for browsers, without SDK and schema library.
 * @param installed a folder where the packed packages are installed; without it, the sources are bundled
 */
const bundleAgent = async (installed?: string): Promise<AgentBundle> => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: agentSource, resolveDir: installed ?? root, sourcefile: 'agent.js' },
    bundle: true,
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
  return {
    parts: partsOf(metafile),
    gzipBytes: outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
    nodeImports: [...new Set(imports.filter((path) => path.startsWith('node:')))],
  }
}

/** Weighs the agent bundle against its budget; takes the same folder as `bundleAgent`. */
export const checkAgentBundle = async (installed?: string): Promise<Report> => {
  const check = 'agent bundle for a browser'
  try {
    const { parts, gzipBytes, nodeImports } = await bundleAgent(installed)
    const list = Object.entries(parts).map(([name, bytes]) => `${name} ${bytes}`)
    return {
      check,
      measured: `${gzipBytes} of ${budgets.agentBundleBytes} bytes gzipped; minified: ${list.join(', ')}`,
      findings: [
        ...(gzipBytes > budgets.agentBundleBytes ? [`${gzipBytes} bytes gzipped`] : []),
        ...nodeImports.map((path) => `a browser cannot load ${path}`),
      ],
    }
  } catch (error) {
    return { check, measured: 'not measured', findings: [String(error)] }
  }
}
