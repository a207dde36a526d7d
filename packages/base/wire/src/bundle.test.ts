import { build, type BuildResult } from 'esbuild'
import { describe, expect, it } from 'vitest'

const bundle = (entry: string): Promise<BuildResult<{ write: false; metafile: true }>> =>
  build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  })

describe('a browser bundle', () => {
  it('is made of the fetch client, without a trace of Node', async () => {
    const { metafile, outputFiles } = await bundle('./fetch.ts')
    const files = Object.keys(metafile.inputs)
    expect(files.some((file) => file.endsWith('fetch-client.ts'))).toBe(true)
    expect(files.filter((file) => /node-|proxy/.test(file))).toEqual([])
    expect(outputFiles[0]?.text).not.toMatch(/node:|process\./)
  })

  it('would have one in it if it were made of the client for Node', async () => {
    const { metafile } = await bundle('./index.ts')
    expect(Object.keys(metafile.inputs).some((file) => file.endsWith('node-client.ts'))).toBe(true)
  })
})
