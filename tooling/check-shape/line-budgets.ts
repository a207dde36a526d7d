import { type Function as FunctionNode, type ArrowFunctionExpression, Visitor } from 'oxc-parser'
import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'
import { lineAt, type SourceFile } from './source-file.ts'
import type { Workspace } from './workspace.ts'

/** Lines of every source file. */
export const checkFileLines = ({ files }: Workspace): Report => {
  const longest = files.toSorted((a, b) => b.lines - a.lines)
  const most = longest[0]
  const overAim = files.filter(({ lines }) => lines > budgets.fileLinesAim).length
  return {
    check: 'lines in a source file',
    measured: `most ${most?.lines ?? 0} of ${budgets.fileLines} (${most?.path ?? 'no files'}), ${overAim} of ${files.length} files over ${budgets.fileLinesAim}`,
    findings: longest
      .filter(({ lines }) => lines > budgets.fileLines)
      .map(({ path, lines }) => `${path} has ${lines} lines`),
  }
}

interface FunctionLines {
  readonly place: string
  readonly lines: number
}

const functionLines = (file: SourceFile): FunctionLines[] => {
  const found: FunctionLines[] = []
  const measure = ({ start, end }: FunctionNode | ArrowFunctionExpression): void => {
    const line = lineAt(file, start)
    found.push({ place: `${file.path}:${line}`, lines: lineAt(file, end) - line + 1 })
  }
  new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(file.program)
  return found
}

/** Lines of every function, methods and arrow functions included. */
export const checkFunctionLines = ({ files }: Workspace): Report => {
  const longest = files.flatMap(functionLines).toSorted((a, b) => b.lines - a.lines)
  return {
    check: 'lines in a function',
    measured: `most ${longest[0]?.lines ?? 0} of ${budgets.functionLines} (${longest[0]?.place ?? 'no functions'})`,
    findings: longest
      .filter(({ lines }) => lines > budgets.functionLines)
      .map(({ place, lines }) => `${place} has ${lines} lines`),
  }
}
