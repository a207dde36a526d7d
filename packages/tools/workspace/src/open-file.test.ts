import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import type * as FileSystem from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openFile } from './open-file.ts'
import { createWorkspace, type Workspace } from './workspace.ts'

/** What happens around the opening of a file, and whether the system can say what a handle is of. */
const world = vi.hoisted(() => ({ beforeOpen: () => {}, afterOpen: () => {}, tellsHandles: true }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof FileSystem>()
  return {
    ...real,
    open: async (...input: Parameters<typeof real.open>) => {
      world.beforeOpen()
      const handle = await real.open(...input)
      world.afterOpen()
      return handle
    },
    readlink: async (path: string) =>
      world.tellsHandles ? real.readlink(path) : Promise.reject(new Error('no /proc')),
  }
})

let base: string
let workspace: Workspace
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'ashlar-open-')))
  for (const folder of ['root/inner', 'outside']) mkdirSync(join(base, folder), { recursive: true })
  writeFileSync(join(base, 'root/inner/a.txt'), 'inside')
  writeFileSync(join(base, 'outside/a.txt'), 'secret')
  workspace = createWorkspace({ root: join(base, 'root') })
})
afterEach(() => {
  Object.assign(world, { beforeOpen: () => {}, afterOpen: () => {}, tellsHandles: true })
  rmSync(base, { recursive: true, force: true })
})

const swapOut = (): void => {
  renameSync(join(base, 'root/inner'), join(base, 'root/kept'))
  symlinkSync(join(base, 'outside'), join(base, 'root/inner'))
}
const swapBack = (): void => {
  unlinkSync(join(base, 'root/inner'))
  renameSync(join(base, 'root/kept'), join(base, 'root/inner'))
}

describe.each([true, false])('openFile, where the system says what a handle is of: %s', (tellsHandles) => {
  beforeEach(() => {
    world.tellsHandles = tellsHandles
  })

  it('opens what is inside', async () => {
    const { handle, relative, bytes } = await openFile(workspace, 'inner/a.txt')
    expect([relative, bytes, await handle.readFile('utf8')]).toEqual(['inner/a.txt', 6, 'inside'])
    await handle.close()
  })

  it('refuses a file whose folder became a link to the outside before it was opened', async () => {
    world.beforeOpen = swapOut
    await expect(openFile(workspace, 'inner/a.txt')).rejects.toMatchObject({ code: 'outside-workspace' })
  })

  it('refuses it also when the folder is back at once', async () => {
    world.beforeOpen = swapOut
    world.afterOpen = swapBack
    const code = tellsHandles ? 'outside-workspace' : 'io'
    await expect(openFile(workspace, 'inner/a.txt')).rejects.toMatchObject({ code })
  })

  it('refuses a file that became a link or a folder', async () => {
    world.beforeOpen = () => {
      unlinkSync(join(base, 'root/inner/a.txt'))
      symlinkSync(join(base, 'outside/a.txt'), join(base, 'root/inner/a.txt'))
    }
    await expect(openFile(workspace, 'inner/a.txt')).rejects.toMatchObject({ code: 'outside-workspace' })
    world.beforeOpen = () => {}
    unlinkSync(join(base, 'root/inner/a.txt'))
    writeFileSync(join(base, 'root/inner/a.txt'), '')
    world.beforeOpen = () => {
      unlinkSync(join(base, 'root/inner/a.txt'))
      mkdirSync(join(base, 'root/inner/a.txt'))
    }
    await expect(openFile(workspace, 'inner/a.txt')).rejects.toMatchObject({ code: 'not-a-file' })
  })
})
