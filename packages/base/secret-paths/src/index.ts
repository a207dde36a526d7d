export { anyGlob } from './any-glob.ts'
export { belowHome, isSecretFileName, isSecretPath, type SecretPathOptions } from './is-secret-path.ts'
