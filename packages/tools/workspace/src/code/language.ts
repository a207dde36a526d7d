import { cpp, c } from './languages/cpp.ts'
import { cSharp } from './languages/c-sharp.ts'
import { go } from './languages/go.ts'
import { java } from './languages/java.ts'
import { php } from './languages/php.ts'
import { python } from './languages/python.ts'
import { ruby } from './languages/ruby.ts'
import { rust } from './languages/rust.ts'
import { javascript, tsx, typescript } from './languages/typescript.ts'
import type { Language } from './language-table.ts'

const languages: readonly Language[] = [
  typescript,
  tsx,
  javascript,
  python,
  go,
  rust,
  java,
  cSharp,
  cpp,
  c,
  php,
  ruby,
]

/** The language of a file, by its name. */
export const languageOf = (path: string): Language | undefined =>
  languages.find(({ extensions }) => extensions.test(path.toLowerCase()))

export const languageNames: readonly string[] = [...new Set(languages.map(({ name }) => name))]
