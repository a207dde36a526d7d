import { findHidden } from './hidden-text.ts'

/** Why a text looks as if it would give orders to a model. */
export interface InjectionMarker {
  readonly kind: 'override' | 'role' | 'address' | 'conceal' | 'exfiltrate' | 'hidden' | 'encoded'
  readonly at: number
  /** In words, for the note; quotes nothing. */
  readonly why: string
}

const few = String.raw`(?:\W{1,4}[\w'’]{1,16}){0,4}?\W{1,4}`

interface Rule {
  readonly kind: InjectionMarker['kind']
  readonly why: string
  readonly pattern: RegExp
}

const rule = (kind: Rule['kind'], why: string, source: string): Rule => ({
  kind,
  why,
  pattern: new RegExp(source, 'giu'),
})

const override = 'it asks to drop earlier instructions'
const role = 'it contains tags of roles or turns'
const address = 'it addresses a model that reads it'
const conceal = 'it asks to hide something from the user'
const exfiltrate = 'it asks to send data or secrets somewhere'

const rules: readonly Rule[] = [
  rule(
    'override',
    override,
    String.raw`\b(?:ignore|disregard|forget|override|bypass|discard|drop|set aside|skip)${few}(?:previous|prior|above|earlier|preceding|existing|original|current|system|former|your|safety|given)${few}(?:instruction|prompt|rule|guideline|direction|directive|command|context|polic|order|constraint|restriction|task|training)`,
  ),
  rule(
    'override',
    override,
    String.raw`\b(?:ignore|disregard|forget)\W{1,3}(?:all|any|every)?\W{0,3}(?:of\W)?(?:the\W)?(?:instructions|everything)\W{1,3}(?:above|before|so far|you|that|prior)`,
  ),
  rule(
    'override',
    override,
    String.raw`\b(?:your|the)\W{1,3}(?:new|real|actual|updated|true)\W{1,3}(?:instructions?|task|goal|objective|orders?|system prompt|purpose)(?:\W{0,3}:|\W{1,3}(?:is|are)(?:\W{0,2}:|\W{1,3}(?:to|as follows)\b)|\W{1,3}follow)`,
  ),
  rule(
    'override',
    override,
    String.raw`(?:^|\n)\W{0,6}(?:new|updated|revised|important|urgent)\W{1,3}(?:system\W{1,3})?instructions?\W{0,3}(?:for\W{1,3}(?:the|you)[^\n:]{0,30})?:`,
  ),
  rule(
    'override',
    override,
    String.raw`\b(?:you are now|from now on,? you|act as|pretend (?:to be|you are)|you must now)\W{1,3}(?:(?:a|an|the|in|called|will|must|are|answer|an?\W{1,3}unrestricted)\W{1,3})?(?:dan\b|developer mode|unrestricted|jailbroken|different|evil|free|root|administrator|admin|answer|obey|only|no longer|unfiltered)`,
  ),
  rule(
    'override',
    override,
    String.raw`\b(?:reveal|print|show|repeat|output|leak|tell me)${few}(?:(?:system|hidden|initial) (?:prompt|instructions)|your (?:initial |hidden |system )?(?:instructions|prompt)|developer message|text above)`,
  ),
  rule(
    'role',
    role,
    String.raw`<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id|begin_of_text)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>`,
  ),
  rule(
    'role',
    role,
    String.raw`</?(?:system|assistant|system[-_ ]?(?:prompt|message|reminder|instruction)s?|(?:tool|function)[-_]?(?:result|response|output|call)s?|user[-_]?(?:message|query)|instructions?)>`,
  ),
  rule(
    'role',
    role,
    String.raw`(?:^|\n|<!--)[#*\s]{0,6}(?:system(?: (?:message|prompt|override|note))?|assistant|human)[*\s]{0,3}:[*\s]{0,3}(?=\S)(?!\s*(?:\{|linux|windows|macos|v?\d))`,
  ),
  rule(
    'address',
    address,
    String.raw`\b(?:note|notice|message|instructions?|attention|hey|dear|important|hello|reminder)${few}(?:to|for)?\W{0,3}(?:the\W{1,3}|any\W{1,3}|all\W{1,3}|an\W{1,3})?(?:ai\b|llm|language model|assistant|agent|chatbot|claude|chatgpt|gpt|gemini|copilot|model)s?\b(?=[^.\n]{0,40}(?:[:,!]|\bread|\bprocess|\bsummar|\bmust\b|\bshould\b|\bplease\b|\bthis\b))`,
  ),
  rule(
    'address',
    address,
    String.raw`\b(?:if|as|when)\W{1,3}(?:you are|you're|you)\W{1,3}(?:an?\W{1,3})?(?:ai\b|llm|language model|large language|assistant|chatbot|coding agent|automated agent|bot)`,
  ),
  rule(
    'address',
    address,
    String.raw`\b(?:ai|llm|assistant|agent|model|claude|chatgpt|copilot)s?\W{1,3}(?:(?:reading|processing|summari[sz]ing|parsing|seeing|analy[sz]ing)\W{1,3}this|(?:that|who) (?:reads?|process(?:es)?|sees?)\W{1,3}this|must\W{1,3}(?:now|immediately|first|always)|you\W{1,3}must)`,
  ),
  rule(
    'address',
    address,
    String.raw`\bbefore\W{1,3}(?:answering|responding|continuing|you (?:answer|respond|continue|proceed)|doing anything)${few}(?:you must|run|execute|call|send|open|read|fetch|visit|delete|use the)\b`,
  ),
  rule(
    'conceal',
    conceal,
    String.raw`\b(?:do not|don't|don’t|never|without)\W{1,3}(?:tell|telling|inform|informing|mention|mentioning|reveal|revealing|notify|notifying|alert|alerting|show|showing)${few}(?:the\W{1,3})?(?:user|human|anyone|this|them|operator)`,
  ),
  rule(
    'exfiltrate',
    exfiltrate,
    String.raw`\b(?:send|post|upload|e?-?mail|forward|transmit|exfiltrate|submit|append|leak|copy|include|encode|put)${few}(?:secret|credential|password|api[- ]?keys?|token|environment variable|env\b|\.env|ssh key|private key|conversation|chat history|\.ssh|id_rsa|/etc/passwd|system prompt|contents? of)[^.\n]{0,60}?\W(?:to|at|via|into|as|in)\W{1,3}(?:https?:|[\w.+-]{1,40}@|the\W{1,3}(?:url|link|following|address|query|endpoint|server|attacker)|this\W{1,3}(?:url|address|endpoint|server)|a\W{1,3}(?:url|query)|\w{1,30}\.(?:com|net|io|example|evil))`,
  ),
  rule(
    'exfiltrate',
    exfiltrate,
    String.raw`!\[[^\]\n]{0,80}\]\(https?://[^)\s]{1,200}[?&][\w-]{1,30}=(?:\{|\[|<|%7B|\$|[A-Z_]{4,}\))`,
  ),
  rule(
    'encoded',
    'it asks to decode something and to act on it',
    String.raw`\b(?:decode|decrypt|unescape|base64|rot13|hex)${few}(?:and|then)\W{1,3}(?:follow|execute|run|obey|do|perform|act|comply|eval)`,
  ),
]

const base64 = /(?<![\w+/=-])[A-Za-z0-9+/]{24,}={0,2}(?![\w+/=-])/g

/** Texts hidden in base64 that are themselves such texts. */
const findEncoded = (text: string): InjectionMarker[] =>
  [...text.matchAll(base64)].flatMap(({ 0: found, index }) => {
    if (found.length > 20_000) return []
    const decoded = Buffer.from(found, 'base64').toString('latin1')
    if (/[^\t\n\r\x20-\x7E]/.test(decoded.slice(0, 64)) || findMarkers(decoded).length === 0) return []
    return [{ kind: 'encoded', at: index, why: 'base64 in it decodes to instructions' }]
  })

const findMarkers = (text: string): InjectionMarker[] =>
  rules.flatMap(({ kind, why, pattern }) => {
    pattern.lastIndex = 0
    const found = pattern.exec(text)
    return found ? [{ kind, at: found.index, why }] : []
  })

/** Letters as they look: full-width and mathematical ones as plain, without what is not seen. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replaceAll(/[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]|[\u{E0000}-\u{E0FFF}]/gu, '')

/** What in a text looks like instructions to a model rather than like content; `[]` for most texts. */
export const findInjection = (text: string): readonly InjectionMarker[] => {
  const runs = findHidden(text)
  const says = runs.map((run) => run.says).join(' ')
  const [first] = runs
  const hidden: InjectionMarker[] =
    first === undefined ? [] : [{ kind: 'hidden', at: first.start, why: 'it contains hidden characters' }]
  const seen = /[^\0-\x7F]/.test(text) ? plain(text) : text
  return [...findMarkers(seen), ...findMarkers(says), ...findEncoded(seen), ...hidden].toSorted(
    (a, b) => a.at - b.at,
  )
}
