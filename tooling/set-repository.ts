import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages, root } from './packages.ts'

// Before publishing: npm's provenance compares `repository` in each package.json with where the build ran.
const repository = process.env['GITHUB_REPOSITORY']
if (!repository) throw new Error('GITHUB_REPOSITORY should be "owner/name"; it is set by GitHub Actions')
for (const { folder } of readPackages()) {
  const file = join(root, folder, 'package.json')
  const manifest: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
  const url = `git+${process.env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${repository}.git`
  writeFileSync(
    file,
    `${JSON.stringify({ ...manifest, repository: { type: 'git', url, directory: folder } }, null, 2)}\n`,
  )
}
