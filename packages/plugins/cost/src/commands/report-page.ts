import type { SpendingLine, SpendingReport } from '../ledger-report.ts'
import { formatUsd, type PicoDollars } from '../money.ts'

/** One table of the page. */
export interface PageSection {
  /** What its lines are about: `model`. */
  readonly by: string
  readonly report: SpendingReport
}

/** What the page is of. */
export interface PageFacts {
  /** The time span, the project, …: a line below the title. */
  readonly about: string
  /** When it was made, as it is to be read. */
  readonly madeAt: string
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of others as text: marks of HTML escaped, what would turn or hide the line shown as `�`. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (mark) => escapes[mark] ?? '')

const usd = (pico: PicoDollars): string => formatUsd(pico, { digits: 6 })
const count = (tokens: number): string => tokens.toLocaleString('en-US')

const style = `
:root { color-scheme: light dark; --line: #d8dee4; --soft: #59636e; --bar: #2f6feb33 }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --soft: #9198a1; --bar: #4493f855 } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { color: var(--soft); margin: .2rem 0 }
dl { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0 }
dl div { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 7rem }
dt { color: var(--soft); font-size: .85rem } dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem; text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
th { color: var(--soft); font-weight: 500 } th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere }
td:first-child { min-width: 12rem }
`

/** The bar behind a name: its part of the dearest line. */
const bar = (line: SpendingLine, most: PicoDollars): string => {
  const part = most > 0n ? Number((line.cost * 1000n) / most) / 10 : 0
  return ` style="background:linear-gradient(to right,var(--bar) ${part}%,transparent ${part}%)"`
}

const table = ({ by, report }: PageSection): string => {
  const most = report.lines.reduce((largest, { cost }) => (cost > largest ? cost : largest), 0n)
  const rows = report.lines.map((line) => {
    const cells = [
      String(line.calls),
      String(line.failed),
      count(line.inputTokens),
      count(line.outputTokens),
      usd(line.cost),
    ].map((cell) => `<td>${cell}</td>`)
    return `<tr><td${bar(line, most)}>${escaped(line.name) || '(none)'}</td>${cells.join('')}</tr>\n`
  })
  const head = [by, 'calls', 'failed', 'input tokens', 'output tokens', 'cost']
  const columns = head.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')
  return `<h2>By ${escaped(by)}</h2>
<div class="wide"><table><thead><tr>${columns}</tr></thead><tbody>
${rows.join('')}</tbody></table></div>
`
}

/** What was spent as one page of HTML that loads nothing: totals, then a table for each section. */
export const toReportPage = (sections: readonly PageSection[], { about, madeAt }: PageFacts): string => {
  const total = sections[0]?.report.total
  const facts: readonly (readonly [string, string])[] = total
    ? [
        ['cost', usd(total.cost)],
        ['reserved by open calls', usd(total.reserved)],
        ['calls', count(total.calls)],
        ['failed', count(total.failed)],
        ['input tokens', count(total.inputTokens)],
        ['of them cached', count(total.cachedInputTokens)],
        ['output tokens', count(total.outputTokens)],
      ]
    : []
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>What was spent</title><style>${style}</style></head><body>
<h1>What was spent</h1>
<p>${escaped(about)}</p><p>Made ${escaped(madeAt)}</p>
<dl>
${list}
</dl>
${sections.map(table).join('')}</body></html>
`
}
