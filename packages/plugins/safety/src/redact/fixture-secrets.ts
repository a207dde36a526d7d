import { ibanLength } from './checksums.ts'

/** A secret, or somebody's data, in a text that it may be found in. */
export interface Sample {
  readonly kind: string
  readonly secret: string
  readonly text: string
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lower = upper.toLowerCase()
const digits = '0123456789'
const alphanumeric = upper + lower + digits

export interface SampleRandom {
  next(): number
}

const makers = (random: SampleRandom) => {
  const { next } = random
  const pick = <T>(items: readonly T[]): T => {
    const item = items[Math.floor(next() * items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  const of = (alphabet: string, length: number): string =>
    Array.from({ length }, () => pick([...alphabet])).join('')
  const key = (length: number): string => `${of(alphanumeric, length - 3)}7aZ`
  const base64 = (length: number): string => Buffer.from(of(alphanumeric, length)).toString('base64url')
  const luhn = (start: string, length: number): string => {
    const body = start + of(digits, length - start.length - 1)
    let sum = 0
    for (let at = body.length - 1, double = true; at >= 0; at--, double = !double) {
      const digit = Number(body[at])
      sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
    }
    return `${body}${(10 - (sum % 10)) % 10}`
  }
  const iban = (): string => {
    const country = pick(['DE', 'FR', 'ES', 'NL', 'CH', 'AT', 'PL', 'IT'])
    const bank = of(digits, (ibanLength(country) ?? 0) - 4)
    let rest = 0
    for (const character of `${bank}${country}00`)
      for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97
    return `${country}${String(98 - rest).padStart(2, '0')}${bank}`
  }
  const grouped = (text: string, by: string): string => text.replaceAll(/(.{4})(?=.)/g, `$1${by}`)
  return { pick, of, key, base64, luhn, iban, grouped, random }
}

const contexts = [
  (secret: string) => secret,
  (secret: string) => `export CI_VALUE=${secret}\n`,
  (secret: string) => `{"level":30,"msg":"calling with ${secret}","time":1}`,
  (secret: string) => `curl -H 'x: ${secret}' https://api.example.com/v1`,
  (secret: string) => `const client = new Client("${secret}")`,
  (secret: string) => `The user wrote: ${secret}. Then it failed.`,
  (secret: string) => `line one\\nline two\\n${secret}\\n`,
  (secret: string) => `https://x.example.com/?a=1&b=${secret}&c=2`,
  (secret: string) => `\u001B[31m${secret}\u001B[0m`,
  (secret: string) => `(${secret}), [${secret}]`,
]
const prose = [
  (secret: string) => `Call or write to ${secret}, please.`,
  (secret: string) => `{"contact":"${secret}"}`,
  (secret: string) => `name;${secret};12`,
  (secret: string) => `- ${secret}\n- other`,
]

type Makers = ReturnType<typeof makers>

const bareSecrets = ({ pick, of, key, base64 }: Makers): Record<string, () => string> => ({
  openai: () => pick([`sk-proj-${key(64)}`, `sk-${key(48)}`, `sk-svcacct-${key(40)}`]),
  anthropic: () => `sk-ant-api03-${base64(64)}`,
  openrouter: () => `sk-or-v1-${of('0123456789abcdef', 64)}`,
  github: () =>
    pick([`ghp_${key(36)}`, `gho_${key(36)}`, `ghs_${key(36)}`, `github_pat_${key(22)}_${key(59)}`]),
  gitlab: () => `glpat-${key(20)}`,
  slack: () =>
    pick([`xoxb-${of(digits, 12)}-${of(digits, 12)}-${key(24)}`, `xoxp-${of(digits, 11)}-${key(30)}`]),
  aws: () => `${pick(['AKIA', 'ASIA'])}${of(`${upper}234567`, 16)}`,
  google: () => `AIza${key(35)}`,
  stripe: () => `${pick(['sk_live_', 'rk_live_', 'sk_test_', 'whsec_'])}${key(24)}`,
  npm: () => `npm_${key(36)}`,
  huggingface: () => `hf_${key(34)}`,
  groq: () => `gsk_${key(52)}`,
  sendgrid: () => `SG.${key(22)}.${key(43)}`,
  shopify: () => `shpat_${of('0123456789abcdef', 32)}`,
  digitalocean: () => `dop_v1_${of('0123456789abcdef', 64)}`,
  vault: () => `hvs.${key(90)}`,
  jwt: () =>
    `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${of(digits, 10)}"}`).toString('base64url')}.${base64(32)}`,
})

const personalData = ({ pick, of, luhn, iban, grouped, random }: Makers): Record<string, () => string> => ({
  email: () =>
    `${of(lower, 6)}.${of(lower, 5)}${pick(['', '+tag'])}@${of(lower, 7)}.${pick(['com', 'de', 'co.uk', 'io'])}`,
  card: () => {
    const card = luhn(pick(['4', '51', '54', '2720']), 16)
    return pick([card, grouped(card, ' '), grouped(card, '-')])
  },
  amex: () => luhn('37', 15),
  iban: () => pick([(text: string) => text, (text: string) => grouped(text, ' ')])(iban()),
  ssn: () =>
    `${100 + Math.floor(random.next() * 500)}-${10 + Math.floor(random.next() * 80)}-${1000 + Math.floor(random.next() * 8000)}`,
  phone: () =>
    pick([
      `+49 170 ${of('123456789', 7)}`,
      `+1 (415) ${of('23456789', 3)}-${of(digits, 4)}`,
      `+44 20 ${of('23456789', 4)} ${of(digits, 4)}`,
      `(415) ${of('23456789', 3)}-${of(digits, 4)}`,
      `415-${of('23456789', 3)}-${of(digits, 4)}`,
      `+33 6 12 34 ${of(digits, 2)} ${of(digits, 2)}`,
    ]),
  ip: () =>
    pick([
      `84.${20 + Math.floor(random.next() * 200)}.13.7${of('0123456789', 1)}`,
      `2a02:8109:${of('123456789abcdef', 4)}::1${of(digits, 2)}`,
    ]),
})

const namedSecrets = ({
  pick,
  key,
  base64,
}: Makers): Record<string, () => readonly [secret: string, text: string]> => ({
  pem: () => {
    const body = Array.from({ length: 6 }, () => base64(48).slice(0, 64)).join('\n')
    const name = pick(['RSA ', 'EC ', 'OPENSSH ', ''])
    return [body, `key:\n-----BEGIN ${name}PRIVATE KEY-----\n${body}\n-----END ${name}PRIVATE KEY-----\nend`]
  },
  address: () => {
    const secret = key(14)
    return [
      secret,
      `${pick(['postgres', 'mongodb+srv', 'redis', 'amqp', 'https'])}://app:${secret}@db.example.com:5432/main`,
    ]
  },
  bearer: () => {
    const secret = base64(24)
    return [
      secret,
      pick([
        `Authorization: Bearer ${secret}`,
        `{"authorization":"Bearer ${secret}"}`,
        `authorization: Basic ${secret}`,
        `-H "Authorization: token ${secret}"`,
      ]),
    ]
  },
  header: () => {
    const secret = base64(24)
    return [
      secret,
      pick([
        `x-api-key: ${secret}`,
        `X-Auth-Token: ${secret}`,
        `Cookie: session=${secret}; theme=dark`,
        `api-key: "${secret}"`,
      ]),
    ]
  },
})

const namedValues = ({
  pick,
  of,
  key,
}: Makers): Record<string, () => readonly [secret: string, text: string]> => ({
  password: () => {
    const secret = `${of(lower, 5)}${of(digits, 3)}${pick(['!', '#', 'X'])}${of(upper, 2)}`
    return [
      secret,
      pick([
        `DB_PASSWORD=${secret}`,
        `password: "${secret}"`,
        `{"password": "${secret}"}`,
        `const password = '${secret}'`,
        `--password=${secret}`,
        `pwd=${secret};`,
        `passphrase: ${secret}`,
        `"{\\"password\\":\\"${secret}\\"}"`,
      ]),
    ]
  },
  random: () => {
    const secret = key(32)
    return [
      secret,
      pick([
        `API_KEY=${secret}`,
        `apiKey: '${secret}'`,
        `"client_secret": "${secret}"`,
        `AWS_SECRET_ACCESS_KEY=${secret}`,
        `access_token=${secret}`,
        `token = "${secret}"`,
        `config["auth_key"] = "${secret}"`,
      ]),
    ]
  },
})

/** Samples of every kind, each in a text: always the same for a seed. */
export const secretSamples = (random: SampleRandom, each: number): Sample[] => {
  const made = makers(random)
  const { pick } = made
  const bare = bareSecrets(made)
  const personal = personalData(made)
  const named = { ...namedSecrets(made), ...namedValues(made) }
  const samples: Sample[] = []
  for (let round = 0; round < each; round++) {
    for (const [kind, make] of Object.entries(bare)) {
      const secret = make()
      samples.push({ kind, secret, text: pick(contexts)(secret) })
    }
    for (const [kind, make] of Object.entries(personal)) {
      const secret = make()
      samples.push({ kind, secret, text: pick(prose)(secret) })
    }
    for (const [kind, make] of Object.entries(named)) {
      const [secret, text] = make()
      samples.push({ kind, secret, text })
    }
  }
  return samples
}
