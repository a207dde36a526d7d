import { readFileSync } from 'node:fs'

/** The version in the package's manifest, which lies above `src` and `dist` alike. */
export const packageVersion = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}
