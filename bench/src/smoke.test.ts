import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBlock } from './run-block.ts'
import { removeStage, stage, stagedModule } from './stage.ts'
import { baseline, selectSubjects } from './subjects.ts'
import { startUpstream, type Upstream } from './upstream/upstream.ts'
import { workloadNamed, workloads } from './workloads.ts'

const effort = { scale: 0.01, maxMs: 300 }
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
let upstream: Upstream

beforeAll(async () => {
  await stage()
  upstream = await startUpstream()
}, 60_000)
afterAll(() => {
  upstream.close()
  removeStage()
  rmSync(folder, { recursive: true })
})

describe.each(workloads)('$title', (workload) => {
  it.each([baseline, ...selectSubjects(['ashlar', 'node-http'], false)])(
    '$name makes every request, tool call and delta',
    async (subject) => {
      const { report, problems } = await runBlock(subject, workload, { upstream, effort })
      expect(problems).toEqual([])
      expect(report?.cpuMs).toBeGreaterThan(0)
    },
  )
})

describe('negative controls', () => {
  const subjectOf = (name: string, wrap: string) => {
    const module = join(folder, `${name}.mjs`)
    writeFileSync(
      module,
      `import { create as createFetch } from ${JSON.stringify(stagedModule('fetch'))}
export const create = (setting) => { const subject = createFetch(setting); ${wrap} }`,
    )
    return { name, title: name, module }
  }

  it('a subject that skips a request is found out', async () => {
    const cached = subjectOf(
      'cached',
      'let answer; return { ...subject, complete: async () => (answer ??= await subject.complete()) }',
    )
    const { problems } = await runBlock(cached, workloadNamed('complete'), { upstream, effort })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('upstream requests')
  })

  it('a subject that loses a delta is found out', async () => {
    const lossy = subjectOf(
      'lossy',
      'return { ...subject, stream: (onText) => { let n = 0; return subject.stream((text) => { if (n++ !== 1000) onText(text) }) } }',
    )
    const { problems } = await runBlock(lossy, workloadNamed('coalesced'), { upstream, effort })
    expect(problems).toEqual([expect.stringContaining('wrong answers')])
  })

  it('a subject that throws is a problem, not a figure', async () => {
    const broken = subjectOf('broken', 'throw new Error("no such library")')
    const { report, problems } = await runBlock(broken, workloadNamed('complete'), { upstream, effort })
    expect(report).toBeUndefined()
    expect(problems[0]).toContain('no such library')
  })
})
