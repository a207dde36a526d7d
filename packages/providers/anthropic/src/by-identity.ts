/** The same function, asked once for each object: what is never mutated need not be converted again. */
export const byIdentity = <Key extends object, Value extends object>(
  make: (key: Key) => Value,
): ((key: Key) => Value) => {
  const known = new WeakMap<Key, Value>()
  return (key) => {
    const before = known.get(key)
    if (before) return before
    const value = make(key)
    known.set(key, value)
    return value
  }
}
