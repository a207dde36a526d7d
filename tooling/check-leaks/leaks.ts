// Written so that this file does not match itself.
const machinePath = /(?<![\w.-])\/w[o]rk\/|bash_[j]obs|(?<![\w.-])\/(root|Users|home\/\w+)\/[\w.-]+\//
const knownRegistry = /registry\.(npmjs|yarnpkg|npmmirror)\.\w+|npm\.pkg\.git[h]ub/

/** What a line must not tell: `path`, a folder of somebody's machine; `registry`, a package registry's host. */
export type Leak = 'path' | 'registry'

/** What the text tells of the machine or the registry it was made with, as `line: text`. */
export const leaksIn = (text: string, kind: Leak, registryHost?: string): string[] => {
  const leaks = (line: string): boolean =>
    kind === 'path'
      ? machinePath.test(line)
      : knownRegistry.test(line) || (registryHost !== undefined && line.includes(registryHost))
  return text
    .split('\n')
    .flatMap((line, index) => (leaks(line) ? [`${index + 1}: ${line.trim().slice(0, 120)}`] : []))
}

/** Addresses in a lockfile: it must be the same behind every mirror. */
export const hostsIn = (lockfile: string): string[] => [...new Set(lockfile.match(/https?:\/\/[^\s/]+/g))]
