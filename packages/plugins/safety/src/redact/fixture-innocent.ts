import { createHash, randomUUID } from 'node:crypto'
import type { SampleRandom } from './fixture-secrets.ts'

const fixed = `
commit 4595c9d5a1b2c3d4e5f60718293a4b5c6d7e8f90
index 83db48f..bf269f4 100644
diff --git a/src/token.ts b/src/token.ts
@@ -12,7 +12,9 @@ export const tokenize = (text: string): Token[] => {
const token = tokens[index]
const token: Token | undefined = lexer.next()
type Password = string
password: string
password: z.string().min(8)
readonly apiKey?: string
apiKey: process.env.OPENAI_API_KEY,
const secret = readSecret('name')
const password = await prompt('Password: ')
if (!password) throw new Error('Password is required')
<input type="password" name="password" autocomplete="current-password">
<label for="password">Password</label>
password: { type: String, required: true },
"password": "Enter your password"
passwordHint: 'At least 8 characters, one digit'
"token": "identifier"
{ token: 'comment.line', foreground: '608b4e' },
{ token: "keyword", foreground: "569cd6" }
export OPENAI_API_KEY=$KEY
export OPENAI_API_KEY="\${OPENAI_API_KEY}"
OPENAI_API_KEY=<your key here>
OPENAI_API_KEY=your-key-here
GITHUB_TOKEN: \${{ secrets.GITHUB_TOKEN }}
secretName: my-app-secret
secretKeyRef:
tokens: 1532, cost: 0.0031
max_tokens: 4096
"max_tokens": 4096, "total_tokens": 15324
token count: 128000
The password is stored as a hash, never as text.
Reset your password: go to settings, then security.
The secret: practice, practice, practice.
Token limit exceeded: expected at most 8192.
authorization: required
Authorization: see section 4.2
Basic authentication is described below.
Bearer tokens are sent in a header.
the bearer of this letter
basic understanding of things
version 1.2.3.4 of the assembly
"version": "10.0.19041.1"
typescript@7.0.2 vitest@5.1.0 zod@4.6.7
node v24.11.1, npm 11.6.2
npm install @ashlar/core@1.2.3
import { x } from '@scope/package'
@Component({ selector: 'app' })
git@github.com:org/repo.git
ssh://git@github.com/org/repo
logo@2x.png icon@3x.webp
http://localhost:3000/path?x=1
http://127.0.0.1:8080/health
listening on 0.0.0.0:443
10.0.0.12 - - [21/Nov/2026:08:31:46 +0000] "GET / HTTP/1.1" 200 612
192.168.1.1 is the router
00:1A:2B:3C:4D:5E is a MAC address
12:34:56.789 duration
2026-11-21T08:31:46.123Z
2026-11-21 08:31:46,123 INFO main - started in 1532 ms
1700000000 1700000000000 1700000000000000000
order 1234567890123456 was shipped
id: 1047318927361527808
ISBN 978-3-16-148410-0
tel. 110
part no. 12-34-5678
2024-01-02 to 2024-03-04
3.14159265358979323846
0xdeadbeefcafebabe
#ff8800 #a1b2c3d4
sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
integrity sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
background:url(data:font/woff2;base64,d09GMgABAAAAAAMQAA0AAAAABngAAAK8AAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAA)
!function(e,t){"object"==typeof exports?t(exports):e.token=t}(this,function(e){var t=e.key,n=e.secret;return t||n})
var a=function(b){return b.password===this.password},c={token:d,key:e}
for(var r=[],o=0;o<e.length;o++)r.push({key:e[o],value:t[e[o]]})
s.passwd=function(e){return u(e.pwd)}
sk-learn is a library, sk-toggleable__content a class
.sk-estimator-doc-link { color: red }
task-runner disk-usage ask-permission
hf_hub_download(repo_id="org/model", filename="config.json")
npm_config_registry npm_lifecycle_event npm_package_version
key-value pairs, key-binding
eyJ is how base64 of {" begins
AKIA is the prefix of an access key id
ghp_ is the prefix of a token
xoxb- tokens are for bots
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
user:pass are split by a colon
https://user@host.example/path
postgres://localhost:5432/main
postgres://user:\${PASSWORD}@host/db
redis://:\${REDIS_PASSWORD}@cache:6379
cookie: string
Set-Cookie header is missing
cookies: accept all
E = mc^2, a += b - c; x-y-z
DE is the country code, FR76 the beginning of an IBAN
GB29 is room twenty-nine
SELECT password_hash, token_id FROM users WHERE id = 4
CREATE TABLE users (password VARCHAR(255) NOT NULL)
def check_password(self, password): return self.hash == password
password=password, user=user
password = None
password := os.Getenv("PASSWORD")
let token = tokenizer.nextToken();
token === expectedToken
case 'token': return value
credentials: 'include'
credentials: "same-origin"
fetch(url, { credentials: 'omit' })
api_key: Optional[str] = None
api-key: the key of your account
private_key_path: /etc/ssl/private/host.key
--token-file ./token.txt
PASSWORD_MIN_LENGTH=12
TOKEN_TTL=3600s
SESSION_TIMEOUT=30m
Error: EACCES: permission denied, open '/etc/shadow'
    at Object.<anonymous> (/app/src/index.ts:12:34)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)
+1234567 lines were added
+1700000000
--- a/file +++ b/file
1 + 2 = 3, 555-1234
score 415-223 in overtime
range 100-200-300
chapter 1.2.3 (see 4.5.6)
π ≈ 3.14159, naïve café, 日本語のテキスト
AbstractSingletonProxyFactoryBean
M12.5 3.2L14.7 8.9C15.1 9.3 16.2 10.4 17.3 11.5Z
W/"5e8c-18f2b3c4d5e"
Content-Length: 1532
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
x-request-id: 7b0c9a2e-4f6d-4e3b-9a1c-2d8e7f6a5b4c
trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7
`
  .split('\n')
  .filter(Boolean)

/** Lines of code, prose and logs in which there is nothing to mask: written ones, and generated hashes, ids and dates. */
export const innocentLines = ({ next }: SampleRandom, generated: number): string[] => {
  const number = (below: number): number => Math.floor(next() * below)
  const hash = (name: string): string => createHash(name).update(String(next())).digest('hex')
  const makers = [
    () => `commit ${hash('sha1')}`,
    () => `"resolved": "https://packages.example.org/x/-/x-${number(9)}.${number(30)}.${number(30)}.tgz"`,
    () => `"integrity": "sha512-${createHash('sha512').update(String(next())).digest('base64')}"`,
    () => `request ${randomUUID()} took ${number(9000)} ms`,
    () => `data:image/png;base64,${Buffer.from(hash('sha512') + hash('sha512')).toString('base64')}`,
    () => `at ${1_600_000_000_000 + number(90_000_000_000)} (${number(100)} %)`,
    () =>
      `var ${hash('sha1').slice(0, 1)}x=${number(1000)},e=${number(9)}e3;function t(n){return n[${number(99)}]}`,
    () => `docker image sha256:${hash('sha256')}`,
    () =>
      `2026-0${1 + number(9)}-1${number(10)}T1${number(10)}:0${number(10)}:00.${number(900)}Z GET /items/${number(1e9)} 200`,
    () => `chunk-${hash('sha1').slice(0, 8).toUpperCase()}.js ${number(1000)}.${number(99)} kB`,
    () => `lat=${(next() * 90).toFixed(12)} lon=${(next() * 180).toFixed(12)}`,
    () => `row ${number(1e6)}: ${number(1e6)} ${number(1e6)} ${number(1e6)}`,
  ]
  return [
    ...fixed,
    ...Array.from({ length: generated }, (_, index) => makers[index % makers.length]?.() ?? ''),
  ]
}
