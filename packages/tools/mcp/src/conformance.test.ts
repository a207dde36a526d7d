import { expect, it } from 'vitest'
import { problemsOf } from '../conformance/main.ts'

const good = { name: 'ping', passed: 84, failed: 0 }

it('takes a run for good only when enough was checked and only what is expected failed', () => {
  const fails = { name: 'tasks-lifecycle', passed: 1, failed: 8 }
  expect(problemsOf('server 2025-11-25', [good, fails])).toEqual([])
  expect(problemsOf('server 2025-11-25', [])).toEqual(['0 checks passed, at least 84 wanted'])
  expect(problemsOf('server 2025-11-25', [good, { name: 'tools-list', passed: 1, failed: 2 }])).toEqual([
    'tools-list: 2 checks failed',
  ])
  expect(problemsOf('server 2025-11-25', [good, { ...fails, failed: 0 }])).toEqual([
    'tasks-lifecycle passes: take it off the list of expected failures',
  ])
})
