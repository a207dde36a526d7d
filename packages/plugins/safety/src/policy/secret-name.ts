const parts = new Set(
  `token tokens secret secrets password passwords passwd pass pwd passphrase key keys apikey credential credentials
  creds cred private auth authorization cookie session dsn pat bearer signature salt jwt`.split(/\s+/),
)
const harmless = new Set([
  'PWD',
  'OLDPWD',
  'SSH_AUTH_SOCK',
  'XDG_SESSION_TYPE',
  'XDG_SESSION_ID',
  'SESSION_MANAGER',
])
const whole = new Set([
  'DATABASE_URL',
  'REDIS_URL',
  'MONGO_URL',
  'MONGODB_URI',
  'AMQP_URL',
  'CONNECTION_STRING',
])

/** Whether a variable of this name is likely to hold a credential. */
export const isSecretName = (name: string): boolean => {
  if (harmless.has(name)) return false
  if (whole.has(name)) return true
  return name
    .toLowerCase()
    .split('_')
    .some((part) => parts.has(part))
}
