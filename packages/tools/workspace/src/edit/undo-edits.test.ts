import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { undoCommand } from '../undo-command.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'
import { writeFile } from '../write-file.ts'
import { editFile } from './edit-file.ts'
import { createEditJournal } from './edit-journal.ts'
import { listEdits, undoEdits } from './undo-edits.ts'

let base: string
let root: string
let folder: string
let workspace: Workspace
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ashlar-undo-'))
  root = mkdtempSync(join(base, 'root-'))
  folder = join(base, 'state')
  workspace = createWorkspace({ root })
  writeFileSync(join(root, 'kept'), 'old\r\n')
  chmodSync(join(root, 'kept'), 0o640)
})
afterEach(() => {
  rmSync(base, { recursive: true, force: true })
})
const text = (path: string): string => readFileSync(join(root, path), 'utf8')

/** A run of two agents that changes one file twice and makes another. */
const run = async (runId = 'run'): Promise<void> => {
  const journal = createEditJournal(workspace, { runId, folder })
  await editFile(workspace, { path: 'kept', edits: [{ oldText: 'old', newText: 'new' }], journal })
  const inner = createEditJournal(workspace, { runId: `${runId}/call`, folder })
  await editFile(workspace, { path: 'kept', edits: [{ oldText: 'new', newText: 'newer' }], journal: inner })
  await writeFile(workspace, { path: 'made/file', text: 'made', journal })
}

describe('undoEdits', () => {
  it('gives back what was there before the run', async () => {
    await run()
    expect([text('kept'), text('made/file')]).toEqual(['newer\r\n', 'made'])
    expect(statSync(folder).mode & 0o077).toBe(0)
    expect(await listEdits(workspace, { folder })).toMatchObject([
      { runId: 'run', paths: ['kept', 'made/file'] },
    ])
    expect(await undoEdits(workspace, { runId: 'run', folder })).toEqual({
      restored: ['kept'],
      removed: ['made/file'],
    })
    expect([text('kept'), existsSync(join(root, 'made/file'))]).toEqual(['old\r\n', false])
    expect(statSync(join(root, 'kept')).mode & 0o777).toBe(0o640)
    await expect(undoEdits(workspace, { runId: 'run', folder })).rejects.toMatchObject({ code: 'undo' })
  })

  it('refuses when somebody removed a file since', async () => {
    await run()
    rmSync(join(root, 'kept'))
    await expect(undoEdits(workspace, { runId: 'run', folder })).rejects.toMatchObject({ code: 'undo' })
  })

  it('refuses when somebody else changed a file since, and changes nothing', async () => {
    await run()
    writeFileSync(join(root, 'made/file'), 'mine')
    await expect(undoEdits(workspace, { runId: 'run', folder })).rejects.toThrow(
      /somebody else changed made\/file/,
    )
    expect([text('kept'), text('made/file')]).toEqual(['newer\r\n', 'mine'])
    writeFileSync(join(root, 'made/file'), 'made')
    await undoEdits(workspace, { runId: 'run', folder })
    expect(text('kept')).toBe('old\r\n')
  })

  it('refuses when somebody else changed a file between two changes of the run', async () => {
    const journal = createEditJournal(workspace, { runId: 'run', folder })
    await writeFile(workspace, { path: 'kept', text: 'one', journal })
    writeFileSync(join(root, 'kept'), 'mine')
    await writeFile(workspace, { path: 'kept', text: 'two', journal })
    await expect(undoEdits(workspace, { runId: 'run', folder })).rejects.toMatchObject({ code: 'undo' })
    expect(text('kept')).toBe('two')
  })

  it('can be repeated where it was interrupted', async () => {
    await run()
    writeFileSync(join(root, 'kept'), 'old\r\n')
    expect(await undoEdits(workspace, { runId: 'run', folder })).toEqual({
      restored: [],
      removed: ['made/file'],
    })
  })

  it('prevents a change that cannot be kept', async () => {
    const small = createWorkspace({ root, limits: { fileBytes: 3 } })
    const journal = createEditJournal(small, { runId: 'run', folder })
    await expect(writeFile(small, { path: 'kept', text: 'x', journal })).rejects.toMatchObject({
      code: 'too-large',
    })
    const broken = { record: () => Promise.reject(new Error('disk full')) }
    await expect(writeFile(workspace, { path: 'kept', text: 'x', journal: broken })).rejects.toThrow(
      'disk full',
    )
    expect([text('kept'), readdirSync(root)]).toEqual(['old\r\n', ['kept']])
  })

  it('keeps the latest hundred runs', async () => {
    for (let number = 0; number < 103; number += 1)
      await writeFile(workspace, {
        path: 'kept',
        text: String(number),
        journal: createEditJournal(workspace, { runId: `run-${number}`, folder }),
      })
    expect((await listEdits(workspace, { folder })).length).toBeLessThanOrEqual(100)
  })
})

describe('ashlar undo', () => {
  it('lists, undoes the latest run, and says when there is nothing', async () => {
    await run('first')
    const args = ['--root', root, '--state', folder]
    const list = captureIo()
    expect(await undoCommand.run([...args, '--list'], list)).toBe(0)
    expect(list.out()).toMatch(/^first {2}\S+ {2}kept made\/file\n$/)
    const undo = captureIo()
    expect(await undoCommand.run(args, undo)).toBe(0)
    expect(undo.out()).toBe('restored kept\nremoved made/file\n')
    const again = captureIo()
    expect(await undoCommand.run(args, again)).toBe(1)
    expect(again.err()).toMatch(/Nothing can be undone here/)
    const none = captureIo()
    expect(await undoCommand.run([...args, '--list'], none)).toBe(0)
    expect(none.out()).toMatch(/^Nothing can be undone here: .* made with undo: true\.\n$/)
    const json = captureIo()
    expect(await undoCommand.run([...args, '--list', '--json'], json)).toBe(0)
    expect(json.out()).toBe('[]\n')
    expect(await undoCommand.run([...args, '--run', 'none'], captureIo())).toBe(1)
  })

  it('names a damaged journal and goes on with the others', async () => {
    await run('whole')
    writeFileSync(join(root, 'other'), 'old')
    await new Promise((resolve) => setTimeout(resolve, 5))
    const journal = createEditJournal(workspace, { runId: 'broken', folder })
    await writeFile(workspace, { path: 'other', text: 'new', journal })
    const { damaged: none = [] } = (await listEdits(workspace, { folder }))[0] ?? {}
    expect(none).toEqual([])
    const [own = ''] = readdirSync(folder)
    const entry = readdirSync(join(folder, own))
      .map((name) => join(folder, own, name))
      .find((path) => readFileSync(join(path, 'run.json'), 'utf8').includes('broken'))
    const file = join(entry ?? '', '000001.json')
    writeFileSync(file, '{"half')
    const args = ['--root', root, '--state', folder]
    const list = captureIo()
    expect(await undoCommand.run([...args, '--list'], list)).toBe(0)
    expect(list.out()).toMatch(/^whole {2}\S+ {2}kept made\/file\n$/)
    expect(list.err()).toBe(`damaged: ${file}\n`)
    const named = captureIo()
    expect(await undoCommand.run([...args, '--run', 'broken'], named)).toBe(1)
    expect(named.err()).toContain(`is damaged: ${file}`)
    expect(text('other')).toBe('new')
    const latest = captureIo()
    expect(await undoCommand.run(args, latest)).toBe(0)
    expect(latest.out()).toBe('restored kept\nremoved made/file\n')
    writeFileSync(join(entry ?? '', 'run.json'), '')
    expect((await listEdits(workspace, { folder }))[0]?.damaged).toEqual([
      file,
      join(entry ?? '', 'run.json'),
    ])
  })

  it('names the later run that changed a file', async () => {
    await run('first')
    const journal = createEditJournal(workspace, { runId: 'second', folder })
    await writeFile(workspace, { path: 'kept', text: 'later', journal })
    await expect(undoEdits(workspace, { runId: 'first', folder })).rejects.toThrow(
      /the later run second changed kept since. Undo the later run first/,
    )
    await undoEdits(workspace, { runId: 'second', folder })
    await undoEdits(workspace, { runId: 'first', folder })
    expect(text('kept')).toBe('old\r\n')
  })

  it('says which workspace below or above has something', async () => {
    await run('first')
    for (const args of [
      ['--root', base],
      ['--root', base, '--list'],
      ['--root', join(root, 'made')],
    ]) {
      const io = captureIo()
      await undoCommand.run([...args, '--state', folder], io)
      expect(io.out() + io.err()).toContain(`in another workspace: ashlar undo --root ${workspace.root}`)
    }
    const elsewhere = captureIo()
    mkdirSync(join(base, 'elsewhere'))
    await undoCommand.run(['--root', join(base, 'elsewhere'), '--state', folder], elsewhere)
    expect(elsewhere.err()).toMatch(/no run kept what it changed/)
  })
})
