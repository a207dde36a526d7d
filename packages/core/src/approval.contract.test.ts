import { testPlugin } from '@ashlar/testing/contract'
import { describe, it } from 'vitest'
import { approval } from './index.ts'

testPlugin({ name: 'approval', create: () => approval({ when: () => false }) }, { describe, it })
