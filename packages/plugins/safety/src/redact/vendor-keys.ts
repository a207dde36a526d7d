import type { Detector, Finding, FindingKind } from './finding.ts'

interface Shape {
  readonly prefix: string
  /** What follows the prefix, to the end of the run of letters, digits, `_` and `-`. */
  readonly rest: RegExp
  readonly kind?: FindingKind
}

const word = (least: number): RegExp => new RegExp(String.raw`^[\w-]{${least},}$`)
const plain = (least: number): RegExp => new RegExp(`^[A-Za-z0-9]{${least},}$`)
const hex = (least: number): RegExp => new RegExp(`^[0-9a-f]{${least},}$`)

const shapesOf = (prefixes: string, rest: RegExp): Shape[] =>
  prefixes.split(' ').map((prefix) => ({ prefix, rest }))

/**
 * Keys that say whose they are, by what their vendors publish for secret scanners (GitHub secret scanning, gitleaks'
 * rules): OpenAI and Anthropic (`sk-`), Stripe, GitHub, GitLab, Slack, AWS, Google, npm, PyPI, Hugging Face, Groq, xAI,
 * Perplexity, Replicate, NVIDIA, SendGrid, Shopify, DigitalOcean, Doppler, Linear, Postman, Notion, Databricks, Vault,
 * Supabase, Terraform-style tokens with a prefix.
 */
const shapes: readonly Shape[] = [
  ...shapesOf('sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or-', word(16)),
  ...shapesOf('sk-', /^(?=[\w-]*\d)[\w-]{20,}$/),
  ...shapesOf('sk_live_ sk_test_ rk_live_ rk_test_ pk_live_ whsec_', word(16)),
  ...shapesOf('ghp_ gho_ ghu_ ghs_ ghr_', plain(20)),
  ...shapesOf('github_pat_ glpat- gldt- glrt- glsoat-', word(20)),
  ...shapesOf('xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xapp-', word(10)),
  ...shapesOf('AKIA ASIA ABIA ACCA', /^[A-Z2-7]{16}$/),
  ...shapesOf('AIza', word(30)),
  ...shapesOf('ya29', word(20)),
  ...shapesOf('GOCSPX-', word(20)),
  ...shapesOf('npm_ hf_ gsk_ r8_ pplx- nvapi- xai- fal_ tvly- jina_', /^(?=[\w-]*\d)[\w-]{24,}$/),
  ...shapesOf('pypi-AgE', word(40)),
  ...shapesOf('SG', word(16)),
  ...shapesOf('shpat_ shpss_ shpca_ shppa_', hex(32)),
  ...shapesOf('dop_v1_ doo_v1_ dor_v1_', hex(40)),
  ...shapesOf(
    'lin_api_ lin_oauth_ ntn_ secret_ dckr_pat_ pscale_pw_ pscale_tkn_ sbp_ sntrys_',
    /^(?=[\w-]*\d)[\w-]{24,}$/,
  ),
  ...shapesOf('PMAK-', word(40)),
  ...shapesOf('dapi', hex(32)),
  ...shapesOf('hvs hvb', word(20)),
  ...shapesOf('key-', hex(32)),
]

/** Prefixes that are followed by a dot before the key goes on. */
const dotted = new Set(['SG', 'ya29', 'hvs', 'hvb'])

const byStart: ReadonlyMap<string, readonly Shape[]> = Map.groupBy(shapes, ({ prefix }) => prefix.slice(0, 2))

const runs = /[\w-]{2,}(?:\.[\w-]+){0,3}/g

/** How far the run's first letters belong to an escape before it: `\n`, `\u0022`, `%20`, a colour of a terminal. */
const escapeBefore = (text: string, start: number): number => {
  const before = text[start - 1]
  if (before === '\\') return text[start] === 'u' ? 5 : text[start] === 'x' ? 3 : 1
  if (before === '%') return 2
  if (before === '[' || before === ';') return /^\d{1,3}m/.exec(text.slice(start, start + 4))?.[0].length ?? 0
  return 0
}

const endAt = (text: string, start: number, runEnd: number): Finding | undefined => {
  for (const { prefix, rest, kind = 'api-key' } of byStart.get(text.slice(start, start + 2)) ?? []) {
    if (!text.startsWith(prefix, start)) continue
    let from = start + prefix.length
    if (dotted.has(prefix) && text[from++] !== '.') continue
    const [first = ''] = text.slice(from, runEnd).split('.', 1)
    if (rest.test(first)) return { kind, start, end: dotted.has(prefix) ? runEnd : from + first.length }
  }
  return undefined
}

const jwt = /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,}/

/** Keys of known vendors by prefix and shape, and JSON web tokens. */
export const findVendorKeys: Detector = function* (text) {
  runs.lastIndex = 0
  for (const match of text.matchAll(runs)) {
    const { index } = match
    const end = index + match[0].length
    const skip = escapeBefore(text, index)
    for (const start of skip > 0 && index + skip < end ? [index, index + skip] : [index]) {
      if (text.startsWith('eyJ', start)) {
        const token = jwt.exec(text.slice(start, end))
        if (token) yield { kind: 'jwt', start, end: start + token[0].length }
      }
      const found = endAt(text, start, end)
      if (found) yield found
    }
  }
}
