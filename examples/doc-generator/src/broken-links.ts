/** A link that leads nowhere. */
export interface BrokenLink {
  readonly page: string
  readonly target: string
}

/** The anchor of a heading, as GitHub makes it. */
export const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

const withoutCode = (page: string): string =>
  page.replaceAll(/^(`{3,})[^\n]*\n[^]*?^\1$/gm, '').replaceAll(/(`+)(?:(?!\1)[^\n])+\1/g, '')

/** Anchors of a page; the second heading of the same text ends in `-1`. */
const anchorsOf = (page: string): Set<string> => {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutCode(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = slugOf(heading)
    let anchor = slug
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

/** Links of pages to places in them or to files beside them; links to other sites are not followed. */
export const brokenLinks = (
  pages: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): BrokenLink[] =>
  [...pages].flatMap(([page, text]) =>
    [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z][a-z+.-]*:/i.test(target)) return []
      const [path = '', anchor] = target.split('#')
      const there = path === '' ? text : pages.get(path)
      const found = there === undefined ? exists(path) : anchor === undefined || anchorsOf(there).has(anchor)
      return found ? [] : [{ page, target }]
    }),
  )
