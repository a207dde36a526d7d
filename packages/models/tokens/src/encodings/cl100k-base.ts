import table from 'js-tiktoken/ranks/cl100k_base'
import { createEncoding, type Encoding } from '../encoding.ts'
import { splitCl100k } from '../split-cl100k.ts'

/** cl100k_base, its table built when this module is first imported. */
export const cl100kBase: Encoding = createEncoding({ name: 'cl100k_base', table, split: splitCl100k })
