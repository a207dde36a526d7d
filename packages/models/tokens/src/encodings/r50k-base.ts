import table from 'js-tiktoken/ranks/r50k_base'
import { createEncoding, type Encoding } from '../encoding.ts'
import { splitGpt2 } from '../split-gpt2.ts'

/** r50k_base, its table built when this module is first imported. */
export const r50kBase: Encoding = createEncoding({ name: 'r50k_base', table, split: splitGpt2 })
