import table from 'js-tiktoken/ranks/o200k_base'
import { createEncoding, type Encoding } from '../encoding.ts'
import { splitO200k } from '../split-o200k.ts'

/** o200k_base, its table built when this module is first imported. */
export const o200kBase: Encoding = createEncoding({ name: 'o200k_base', table, split: splitO200k })
