import { printReports } from '../report.ts'
import { checkAgentBundle } from './agent-bundle.ts'
import { checkContractMembers } from './contract-members.ts'
import { checkCycles } from './cycles.ts'
import { checkEntryExports } from './entry-exports.ts'
import { checkFileLines, checkFunctionLines } from './line-budgets.ts'
import { checkLoopClosure } from './loop-closure.ts'
import { checkPackageTemplate } from './package-template.ts'
import { checkPortability } from './portability.ts'
import { checkShelves } from './shelves.ts'
import { checkTypeEscapes } from './type-escapes.ts'
import { readWorkspace } from './workspace.ts'

// `npm run check:shape`: the project's shape against its budgets.
const checks = [
  checkFileLines,
  checkFunctionLines,
  checkLoopClosure,
  checkCycles,
  checkEntryExports,
  checkShelves,
  checkContractMembers,
  checkTypeEscapes,
  checkPortability,
  checkPackageTemplate,
]
const workspace = readWorkspace()
const passed = printReports([...checks.map((check) => check(workspace)), await checkAgentBundle()])
process.exitCode = passed ? 0 : 1
