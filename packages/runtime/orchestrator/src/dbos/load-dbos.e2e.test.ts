import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { v8Flags } from '../../fixtures/v8-flags.ts'

const index = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'index.ts')).href)

/** What opening says in a process in which a module fails to load with that code. */
const saidWithout = async (name: string, code: string): Promise<unknown> => {
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === '${name}') throw Object.assign(new Error('not there'), { code: '${code}' })
        return next(specifier, context)
      },
    })
    const { dbos } = await import(${index})
    await dbos('postgres://localhost/nothing').openJournal().catch((error) => console.log(error.name, error.message))`
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...v8Flags,
    '--input-type=module',
    '-e',
    script,
  ])
  return stdout.trim()
}

describe('dbos without a package that it needs', () => {
  it.each(['@dbos-inc/dbos-sdk', 'pg'])('says what to install: %s', async (name) => {
    expect(await saidWithout(name, 'ERR_MODULE_NOT_FOUND')).toBe(
      'DbosMissing Runs on DBOS need two packages: npm install @dbos-inc/dbos-sdk pg',
    )
  })
  it('says what else went wrong', async () => {
    expect(await saidWithout('@dbos-inc/dbos-sdk', 'OTHER')).toBe('Error not there')
  })
})
