/** Whether a name fits a pattern in which `*` stands for any characters. */
const fits = (name: string, pattern: string): boolean => {
  const parts = pattern.split('*')
  const [first = ''] = parts
  if (parts.length === 1) return name === pattern
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  const last = parts.at(-1) ?? ''
  return name.length >= at + last.length && name.endsWith(last)
}

/** Whether a name is let through: by a pattern of `allow` where there are any, and by none of `deny`. */
export const isAllowed = (
  name: string,
  {
    allow,
    deny = [],
  }: { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined },
): boolean =>
  (allow === undefined || allow.some((pattern) => fits(name, pattern))) &&
  !deny.some((pattern) => fits(name, pattern))

/** Whether a tool of a server is let through: patterns are `server/tool`, or `server` for all its tools. */
export const isToolAllowed = (
  { server, tool }: { readonly server: string; readonly tool: string },
  {
    allow,
    deny = [],
  }: { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined },
): boolean => {
  const whole = (pattern: string): string => (pattern.includes('/') ? pattern : `${pattern}/*`)
  return isAllowed(`${server}/${tool}`, { allow: allow?.map(whole), deny: deny.map(whole) })
}
