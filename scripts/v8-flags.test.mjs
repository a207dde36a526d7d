import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { v8Flags } from './v8-flags.mjs'

it('the process of a test has the flags, which this Node takes', () => {
  expect(process.execArgv).toEqual(expect.arrayContaining(v8Flags))
  expect(spawnSync(process.execPath, [...v8Flags, '-p', '1']).status).toBe(0)
})

it('control: one that there is not would not be taken', () => {
  expect(spawnSync(process.execPath, ['--wasm-no-such-flag=1', '-p', '1']).status).not.toBe(0)
})
