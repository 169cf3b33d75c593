// The table of errors in docs/life-of-a-request.md, made of src/errors.ts.

const BORDERS = /(<!-- errors: [^>]*-->\n)[^]*(<!-- \/errors -->)/

/** The page with the table between its two marks made anew. */
export function withErrorTable(page, errors) {
  const rows = Object.entries(errors).map(([code, { status, title, side, retry }]) => `| \`${code}\` | ${status} | ${title} | ${side} | ${retry} |`)
  const table = ['', '| code | status | title | whose fault | retry |', '|---|---|---|---|---|', ...rows, '', ''].join('\n')
  return page.replace(BORDERS, (_, start, end) => start + table + end)
}
