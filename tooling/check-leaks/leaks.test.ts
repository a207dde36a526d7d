import { describe, expect, it } from 'vitest'
import { hostsIn, leaksIn } from './leaks.ts'

const path = (...parts: string[]): string => `/${parts.join('/')}`

describe('leaks', () => {
  it.each([
    path('work', 'main'),
    path('root', '.npm', 'x'),
    path('home', 'ann', 'code', 'x'),
    'bash' + '_jobs.0',
  ])('reports %s', (leak) => {
    expect(leaksIn(`fine\nsee "${leak}"\n`, 'path')).toEqual([`2: see "${leak}"`])
  })

  it.each(['src/work/queue.ts', 'a/home/page', 'https://example.com/work/1', '/etc/passwd', 'root: true'])(
    'lets %s pass',
    (text) => {
      expect(leaksIn(text, 'path')).toEqual([])
    },
  )

  it('reports the public registry and the one in use', () => {
    const known = ['registry', 'npmjs', 'org'].join('.')
    expect(leaksIn(`at https://${known}/x`, 'registry')).toHaveLength(1)
    expect(leaksIn('at mirror.internal:80', 'registry', 'mirror.internal:80')).toHaveLength(1)
    expect(leaksIn('at npmjs.com/package/x', 'registry', 'mirror.internal:80')).toEqual([])
  })

  it('reports hosts in a lockfile', () => {
    expect(hostsIn("resolution: {integrity: sha512-x}\nengines: {node: '>=18'}\n")).toEqual([])
    expect(hostsIn('tarball: http://mirror.internal/x.tgz\n')).toEqual(['http://mirror.internal'])
  })
})
