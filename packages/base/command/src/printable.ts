/** Text from outside without what a terminal would obey: escape sequences, carriage returns, bells. */
export const printable = (text: string): string => text.replaceAll(/(?![\n\t])\p{Cc}/gu, '')

/** The text on one line of at most `width` characters. */
export const oneLine = (text: string, width: number): string => {
  const line = printable(text.replaceAll(/\s+/g, ' ').trim())
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1)).toWellFormed()}…` : line
}
