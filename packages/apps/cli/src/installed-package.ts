import { createRequire } from 'node:module'

/** True when `@ashlar/local` finds the package where it would load it from. */
export const isInstalled = (name: string): boolean => {
  const own = createRequire(import.meta.url)
  try {
    createRequire(own.resolve('@ashlar/local')).resolve(name)
    return true
  } catch (error) {
    // A package for `import` alone is found, but not for `require`.
    return error instanceof Error && 'code' in error && error.code !== 'MODULE_NOT_FOUND'
  }
}
