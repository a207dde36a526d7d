import { createHash } from 'node:crypto'

/** Names the content of a file: its SHA-256, in hexadecimal. */
export const versionOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const shownLength = 12

/** What a model is shown of a version: enough to tell two contents of one file apart. */
export const shownVersion = (version: string): string => version.slice(0, shownLength)

/** The version that the last line of a tool's answer names; undefined when it names none. */
export const versionIn = (answer: string): string | undefined =>
  /[(;,] ?version ([0-9a-f]{12})\b[^\n]*\)\.?$/.exec(answer.slice(-300))?.[1]

/** Whether a version is the expected one, which may be given as it was shown. */
export const isVersion = (version: string, expected: string): boolean =>
  expected.length >= shownLength ? version.startsWith(expected) : version === expected
