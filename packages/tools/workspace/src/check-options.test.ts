import { tmpdir } from 'node:os'
import { InvalidArgument } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { execPolicy } from './exec/exec-policy.ts'
import { execTool } from './exec/exec-tool.ts'
import { workspaceTools } from './workspace-tools.ts'
import { createWorkspace } from './workspace.ts'

const root = tmpdir()

describe('options', () => {
  it.each<[string, () => unknown]>([
    ['undoo', () => workspaceTools({ root, ...JSON.parse('{"undoo":true}') })],
    ['undo', () => workspaceTools({ root, ...JSON.parse('{"undo":"yes"}') })],
    ['folders', () => workspaceTools({ root, undo: JSON.parse('{"folders":"x"}') })],
    ['polcy', () => workspaceTools({ root, exec: JSON.parse('{"polcy":1}') })],
    ['secret', () => createWorkspace({ root, ...JSON.parse('{"secret":"allow"}') })],
    ['exec', () => createWorkspace({ root, ...JSON.parse('{"exec":{}}') })],
    ['timeout', () => execTool(createWorkspace({ root }), JSON.parse('{"timeout":3}'))],
    ['wrapp', () => execPolicy(JSON.parse('{"wrapp":1}'))],
  ])('that nobody knows are refused: %s', (name, make) => {
    expect(make).toThrow(InvalidArgument)
    expect(make).toThrow(`${name}: expected`)
  })

  it('that are known are taken', () => {
    const tools = workspaceTools({
      root,
      limits: {},
      secrets: 'deny',
      gitDir: undefined,
      exec: {},
      undo: false,
    })
    expect(tools.exec).toBeDefined()
    expect(execPolicy({ policy: undefined, wrap: undefined }).name).toBe('exec-policy')
  })
})
