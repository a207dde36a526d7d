/** What secrets are called, at the end of a name. */
export const secretWord: string = [
  String.raw`passw(?:or)?ds?|passwort|pwd|passphrase|secrets?|token|credentials?`,
  String.raw`(?:api|access|account|auth|encryption|master|private|secret|service|shared|signing|subscription)[-_ ]?keys?`,
  String.raw`access[-_ ]?key[-_ ]?id|connection[-_ ]?string|(?:proxy-)?authorization|(?:set-)?cookies?`,
].join('|')

const secretName = new RegExp(
  String.raw`(?:^|[-_.\s])(?:${secretWord})(?:[-_]?(?:value|\d{1,3}))?$|passw(?:or)?d$|secret$|api[-_]?key$`,
  'i',
)

/** Whether a value under this name is a secret. `apiKey`, `APIKey` and `API_KEY` are one name; `tokens` are counted. */
export const isSecretName = (name: string): boolean =>
  secretName.test(name.slice(-128).replaceAll(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_'))
