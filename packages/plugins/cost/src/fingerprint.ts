const offset = 0xcbf29ce484222325n
const prime = 0x100000001b3n

/** 64 bits of a JSON value (FNV-1a), in hexadecimal: tells price lists apart, proves nothing. */
export const fingerprint = (value: unknown): string => {
  let hash = offset
  for (const byte of new TextEncoder().encode(JSON.stringify(value)))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime)
  return hash.toString(16).padStart(16, '0')
}
