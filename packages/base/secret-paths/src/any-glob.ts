const list = (text: string): readonly string[] => text.split(/\s+/).filter((item) => item !== '')

/**
 * Whether a path matches one of many globs, separated by white space: `anyGlob('*.pem .ssh/**')`. `*` is any text, slashes
 * too, `?` any character. One expression for all: such lists are tried for every path of every command.
 */
export const anyGlob = (text: string): ((path: string) => boolean) => {
  const sources = list(text).map((glob) =>
    [...glob]
      .map((character) =>
        character === '*'
          ? '.*'
          : character === '?'
            ? '.'
            : /\w/.test(character)
              ? character
              : `\\${character}`,
      )
      .join(''),
  )
  const expression = new RegExp(`^(?:${[...new Set(sources)].join('|')})$`, 's')
  return (path) => expression.test(path)
}
