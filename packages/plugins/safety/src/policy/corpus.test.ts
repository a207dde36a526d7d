import { describe, expect, it } from 'vitest'
import { createCommandPolicy } from './create-command-policy.ts'
import { heldOutCommands, type LabelledCommand, tuneCommands } from './fixture-commands.ts'
import { memoryFiles } from './fixture-files.ts'

const policy = createCommandPolicy({ home: '/home/dev', files: memoryFiles({ '/home/dev/project': null }) })
const context = { cwd: '/home/dev/project' }

const judged = (commands: readonly LabelledCommand[]) =>
  commands.map((row) => ({ ...row, found: policy(row.command, context) }))

describe.each([
  ['tune', tuneCommands()],
  ['held-out', heldOutCommands()],
])('the %s corpus', (_, commands) => {
  const rows = judged(commands)
  const of = (verdict: string) => rows.filter((row) => row.verdict === verdict)

  it('never allows what is dangerous or needs a person', () => {
    expect(
      rows
        .filter((row) => row.verdict !== 'allow' && row.found.verdict === 'allow')
        .map((row) => row.command),
    ).toEqual([])
  })

  it('refuses what is dangerous', () => {
    const refused = of('deny').filter((row) => row.found.verdict === 'deny')
    expect(refused.length / of('deny').length).toBeGreaterThanOrEqual(0.97)
  })

  it('allows at least 95 % of what is harmless', () => {
    const allowed = of('allow').filter((row) => row.found.verdict === 'allow')
    expect(allowed.length / of('allow').length).toBeGreaterThanOrEqual(0.95)
  })

  it('says why, and where', () => {
    const vague = rows.filter(({ command, found: { rule, why, span } }) => {
      const isNamed = /^[a-z][a-z-]+$/.test(rule) && why.length > 10 && !why.includes('could not follow')
      return !isNamed || (span !== undefined && command.slice(...span) === '')
    })
    expect(vague).toEqual([])
  })
})

/** What many tools do: words that look bad, anywhere in the text. The tests above must be able to fail. */
const naive = (command: string): boolean =>
  !/\brm\s+-rf?\b|\bsudo\b|\bmkfs|\bdd\b|curl[^|]*\|\s*(?:ba)?sh/.test(command)

describe('a policy of regular expressions', () => {
  it('allows dangerous commands and refuses harmless ones', () => {
    const rows = tuneCommands()
    expect(rows.filter((row) => row.verdict === 'deny' && naive(row.command)).length).toBeGreaterThan(100)
    expect(rows.filter((row) => row.verdict === 'allow' && !naive(row.command)).length).toBeGreaterThan(5)
  })
})
