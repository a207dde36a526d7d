import { expect, it } from 'vitest'
import { reportCoverage } from './coverage.ts'

const file = (covered: number, path = '/x/packages/core/src/loop.ts') => ({ path, total: 100, covered })

it('lets 85 % pass and reports less, with the files that lack most', () => {
  expect(reportCoverage('packages/core', [file(85)]).findings).toEqual([])
  expect(reportCoverage('packages/core', [file(84)]).findings).toEqual(['below 85 %: loop.ts lacks 16'])
})

it('counts each package alone', () => {
  const other = file(0, '/x/packages/base/wire/src/sse.ts')
  expect(reportCoverage('packages/core', [file(100), other]).measured).toBe('100.0 % of 100 lines')
  expect(reportCoverage('packages/base/wire', [file(100), other]).findings).toHaveLength(1)
})

it('fails a package that was not measured', () => {
  expect(reportCoverage('packages/testing', [file(100)]).findings).toHaveLength(1)
})
