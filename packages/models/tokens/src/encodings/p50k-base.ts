import table from 'js-tiktoken/ranks/p50k_base'
import { createEncoding, type Encoding } from '../encoding.ts'
import { splitGpt2 } from '../split-gpt2.ts'

/** p50k_base, its table built when this module is first imported. */
export const p50kBase: Encoding = createEncoding({ name: 'p50k_base', table, split: splitGpt2 })
