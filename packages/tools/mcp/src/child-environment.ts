/** What a server may see of our environment without being told: where things are, not what is secret. */
const inherited: ReadonlySet<string> = new Set(
  `HOME LOGNAME PATH SHELL TERM USER LANG LC_ALL TZ TMPDIR
  APPDATA COMSPEC HOMEDRIVE HOMEPATH LOCALAPPDATA PATHEXT PROCESSOR_ARCHITECTURE PROGRAMDATA PROGRAMFILES
  PROGRAMFILES(X86) PROGRAMW6432 SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR
  NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR VIRTUAL_ENV`.split(/\s+/),
)
const inheritedPrefix = /^(?:XDG_|NVM_|VOLTA_|UV_|npm_config_registry$)/

/**
 * The environment of a server: the part of ours that holds no secrets, and what its definition says. Whatever else
 * a server needs is named in its definition.
 */
export const childEnvironment = (
  ours: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> => {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(ours)) {
    const isInherited = inherited.has(name.toUpperCase()) || inheritedPrefix.test(name)
    // A value that begins with () is a function of a shell.
    if (value !== undefined && isInherited && !value.startsWith('()')) environment[name] = value
  }
  return { ...environment, ...own }
}
