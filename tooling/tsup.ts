import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'tsup'

type Manifest = { exports: Record<string, string>; bin?: Record<string, string> }

/**
 * The build every package shares: one ESM file per entry in `exports` and `bin`, no types (tsc writes those). What is in
 * its `public` folder is copied.
 */
export const library = (directory: string): ReturnType<typeof defineConfig> => {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  const files = [...Object.values(manifest.exports), ...Object.values(manifest.bin ?? {})]
  return defineConfig({
    entry: [...new Set(files.filter((file) => file.startsWith('./src/')).map((file) => file.slice(2)))],
    format: 'esm',
    target: 'es2023',
    platform: 'neutral',
    external: [/^node:/],
    // `node:sqlite` has no other name.
    removeNodeProtocol: false,
    dts: false,
    clean: true,
    publicDir: existsSync(join(directory, 'public')) ? join(directory, 'public') : false,
    splitting: true,
    sourcemap: true,
    treeshake: true,
  })
}
