import { fakeClock } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import type { Claim, Journal } from '../journal.ts'
import { sqliteJournal } from '../sqlite-journal.ts'
import { cancelChecks } from './cancel-checks.ts'

type Break = (journal: Journal) => Partial<Journal>

const claiming =
  (change: (claim: Claim) => Partial<Claim>): Break =>
  (journal) => ({
    claim: async (request) => {
      const claim = await journal.claim(request)
      return { ...claim, ...change(claim) }
    },
  })

/** The checks that a journal does not pass which is broken in one place. */
const failuresOf = async (broken: Break): Promise<string[]> => {
  const failed: string[] = []
  for (const [title, check] of cancelChecks) {
    const clock = fakeClock(1_000_000)
    const sound = await sqliteJournal(':memory:', { clock })
    const journal = { ...sound, ...broken(sound) }
    const advance = (milliseconds: number) => clock.advance(milliseconds)
    await check({ journal, reopen: async () => journal, advance }).catch(() => failed.push(title))
    await sound.close()
  }
  return failed
}

describe('the checks of cancelling', () => {
  it('pass for a journal that is sound', async () => {
    expect(await failuresOf(() => ({}))).toEqual([])
  })
  it.each<[string, Break, string]>([
    [
      'takes a run from its holder',
      (journal) => ({
        cancel: async (runId) => (await journal.cancel(runId)) && 'cancelled',
      }),
      'asks whoever holds a run',
    ],
    [
      'tells its holder nothing',
      claiming((claim) => ({
        renew: async () => {
          await claim.renew()
          return { cancelAsked: false }
        },
      })),
      'asks whoever holds a run',
    ],
    [
      'does not show that it was asked',
      (journal) => ({
        run: async (runId) => {
          const record = await journal.run(runId)
          if (!record) return undefined
          const { cancelAsked: _, ...rest } = record
          return rest
        },
      }),
      'asks whoever holds a run',
    ],
    ['forgets it with its holder', claiming(() => ({ cancelAsked: false })), 'tells whoever takes up'],
    ['cancels what is gone on with', claiming(() => ({ cancelAsked: true })), 'does not cancel again'],
    [
      'only asks though nobody holds it',
      () => ({ cancel: async () => 'asked' }),
      'aborts at once a run that nobody holds',
    ],
    [
      'cancels what is not there',
      (journal) => ({ cancel: async (runId) => (await journal.cancel(runId)) ?? 'cancelled' }),
      'cancels nothing that is over',
    ],
    [
      'lets it pause',
      claiming((claim) => ({
        end: (state, result) => claim.end(state === 'paused' ? 'failed' : state, result),
      })),
      'does not let a run pause',
    ],
  ])('find one that %s', async (_, broken, title) => {
    const failed = await failuresOf(broken)
    expect(failed.filter((one) => one.startsWith(title)).length).toBeGreaterThan(0)
  })
})
