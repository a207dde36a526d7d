/** The smoke alarms of the project's shape. When one rings, look for the missing seam instead of splitting a file in two. */
export const budgets = {
  fileLines: 250,
  /** Above this a file is counted in the report, no more. */
  fileLinesAim: 150,
  functionLines: 60,
  /** `loop.ts` of core with everything it imports, types included. */
  loopClosureLines: 800,
  exportsPerEntry: 25,
  exportsOfCore: 60,
  hooksMembers: 4,
  runContextMembers: 5,
  anyPerThousand: 0,
  assertionsPerThousand: 5,
  suppressionsPerThousand: 1,
  /**
   * `createAgent` + `tool` + an OpenAI call over `fetch`, minified and gzipped, without SDK and schema library: what a
   * page loads at once (docs/decisions/0002-bundle.md).
   */
  agentBundleBytes: 12_000,
} as const
