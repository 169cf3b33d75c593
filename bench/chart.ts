// Draws lines as a small SVG that carries its own background, light or dark as the reader prefers.

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Tick {
  readonly at: number
  readonly text: string
}

export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly xTicks: readonly Tick[]
  readonly logarithmic: boolean
  readonly marks?: readonly Tick[]
  readonly lines: readonly Line[]
}

const WIDTH = 820
const HEIGHT = 340
const LEFT = 64
const RIGHT = 556
const TOP = 44
const BOTTOM = 292
/** Of one lightness, and legible on both backgrounds; dashes tell them apart without colour. */
const COLOURS = ['#d1495b', '#2a7fbf', '#2f9e5b', '#c77d0a', '#8a5fd0', '#7c8590', '#b0568f']
const DASHES = ['', '7 3', '2 2', '9 3 2 3', '', '5 2', '1 3']

export function svgOf({ title, xLabel, yLabel, xTicks, logarithmic, marks = [], lines }: Chart): string {
  const drawn = lines.map(({ name, points }) => ({ name, points: points.filter(([, y]) => Number.isFinite(y) && (!logarithmic || y > 0)) }))
  const xs = [...drawn.flatMap(({ points }) => points.map(([x]) => x)), ...xTicks.map(({ at }) => at)]
  const ys = drawn.flatMap(({ points }) => points.map(([, y]) => y))
  const yTicks = logarithmic ? logTicks(Math.min(...ys), Math.max(...ys)) : linearTicks(Math.max(...ys))
  const scaled = (value: number): number => (logarithmic ? Math.log10(value) : value)
  const x = scale(Math.min(...xs), Math.max(...xs), LEFT, RIGHT)
  const y = scale(scaled(yTicks[0]!), scaled(yTicks.at(-1)!), BOTTOM, TOP)
  const parts = [
    `<text x="${LEFT}" y="24" class="title">${escaped(title)}</text>`,
    ...yTicks.map((at) => `<path class="grid" d="M${LEFT} ${y(scaled(at))}H${RIGHT}"/><text x="${LEFT - 8}" y="${y(scaled(at)) + 4}" text-anchor="end">${at}</text>`),
    ...xTicks.map(({ at, text }) => `<text x="${x(at)}" y="${BOTTOM + 18}" text-anchor="middle">${escaped(text)}</text>`),
    ...marks.map(({ at, text }) => `<path class="mark" d="M${x(at)} ${TOP}V${BOTTOM}"/><text x="${x(at) + 4}" y="${TOP + 11}">${escaped(text)}</text>`),
    `<text x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(16 ${(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...drawn.map(({ name, points }, i) => {
      const style = `stroke="${COLOURS[i % COLOURS.length]}" stroke-dasharray="${DASHES[i % DASHES.length]}"`
      const row = TOP + 8 + i * 20
      return `<path class="line" ${style} d="${pathOf(points.map(([px, py]) => [x(px), y(scaled(py))]))}"/><path class="line" ${style} d="M${RIGHT + 14} ${row}h24"/><text x="${RIGHT + 44}" y="${row + 4}">${escaped(name)}</text>`
    }),
  ]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>
svg { --back: #fff; --ink: #1f2328; --grid: #d8dee4 }
@media (prefers-color-scheme: dark) { svg { --back: #0d1117; --ink: #e6edf3; --grid: #30363d } }
rect { fill: var(--back) }
text { fill: var(--ink); font: 12px system-ui, sans-serif }
.title { font-weight: 600; font-size: 15px }
.grid { stroke: var(--grid) }
.mark { stroke: var(--ink); stroke-dasharray: 2 4 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="6"/>
${parts.join('\n')}
</svg>
`
}

function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  return (value) => Math.round((start + ((value - from) / (to - from || 1)) * (end - start)) * 10) / 10
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('')
}

/** 1, 2 and 5 times each power of ten, from below the least to above the most; powers only where that would be many. */
function logTicks(least: number, most: number): number[] {
  const exponents = Array.from({ length: 12 }, (_, i) => i - 3)
  const steps = most / least > 200 ? [1] : [1, 2, 5]
  const all = exponents.flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)))
  const from = all.findLastIndex((tick) => tick <= least)
  return all.slice(Math.max(0, from), all.findIndex((tick) => tick >= most) + 1)
}

function linearTicks(most: number): number[] {
  const raw = (most || 1) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * [1, 2, 5, 10].find((each) => each * power >= raw)!
  return Array.from({ length: Math.ceil((most || 1) / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
