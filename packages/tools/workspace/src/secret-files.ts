import { basename, join } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { isSecretFileName, isSecretPath } from '@ashlar/secret-paths'
import { showPath, WorkspaceError } from './workspace-error.ts'

/** Says of a path relative to the root whether the file holds secrets. */
export type IsSecret = (path: string) => boolean

/** `deny`: files known to hold credentials are not available; a function says itself which they are. */
export type SecretsOption = 'deny' | 'allow' | IsSecret

const withSlashes = (path: string): string => path.replaceAll('\\', '/').replace(/^[A-Za-z]:/, '')

/** What is secret below this root. A root that lies in a secret folder itself was chosen on purpose. */
const knownSecret = (root: string): IsSecret => {
  const rootIsSecret = isSecretPath(withSlashes(root))
  return (path) =>
    isSecretFileName(basename(path)) || (!rootIsSecret && isSecretPath(withSlashes(join(root, path))))
}

/** @throws InvalidArgument for anything else than the option takes */
export const toIsSecret = (secrets: SecretsOption, root: string): IsSecret => {
  if (typeof secrets === 'function') return secrets
  if (secrets === 'allow') return () => false
  if (secrets === 'deny') return knownSecret(root)
  throw new InvalidArgument('secrets', `'deny', 'allow' or a function`, secrets)
}

/** @throws WorkspaceError for a file that holds secrets; `relative` is what it is, `path` what it was called */
export const refuseSecret = (
  { isSecret }: { readonly isSecret: IsSecret },
  relative: string,
  path: string,
): void => {
  if (isSecret(relative))
    throw new WorkspaceError(
      `${showPath(path)} may hold credentials, so it is not available. Do without it, or ask the person for what you need.`,
      { code: 'secret', path },
    )
}
