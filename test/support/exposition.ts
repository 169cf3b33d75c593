// Reads metrics as Prometheus and OpenMetrics do, and throws at what they would refuse.

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const SUFFIXES: Readonly<Record<string, RegExp>> = { counter: /^_total$/, gauge: /^$/, histogram: /^_(bucket|sum|count)$/ }

/** All samples of a page in the text format 0.0.4, or of OpenMetrics. */
export function readExposition(page: string, form: 'prometheus' | 'openmetrics'): Sample[] {
  if (!page.endsWith('\n')) throw new Error('the last line has no end')
  const lines = page.slice(0, -1).split('\n')
  if (form === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('it does not end with # EOF')
  const samples: Sample[] = []
  const seen = new Set<string>()
  let family = { name: '', type: '' }
  for (const line of lines) {
    const comment = /^# (HELP|TYPE|UNIT) (\S+) (.+)$/.exec(line)
    if (comment) {
      const [, what, name = '', text = ''] = comment
      if (what === 'TYPE') {
        if (seen.has(name)) throw new Error(`${name} stands in two places`)
        if (!SUFFIXES[text]) throw new Error(`the type ${text} is none`)
        seen.add(name)
        family = { name, type: text }
      } else if (what === 'UNIT' && !name.endsWith(`_${text}`)) throw new Error(`${name} does not end with its unit ${text}`)
      continue
    }
    const match = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!match) throw new Error(`no sample: ${line}`)
    const [, name = '', inside = '', value = ''] = match
    const base = form === 'prometheus' && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name
    if (!NAME.test(name) || !name.startsWith(base) || !SUFFIXES[family.type]!.test(name.slice(base.length))) throw new Error(`${name} is no sample of the ${family.type} ${family.name}`)
    if (!/^(-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(value)) throw new Error(`no number: ${line}`)
    samples.push({ name, labels: labelsOf(inside), value: Number(value) })
  }
  checkHistograms(samples)
  const keys = samples.map(({ name, labels }) => JSON.stringify([name, labels]))
  if (new Set(keys).size < keys.length) throw new Error('a sample stands there twice')
  return samples
}

function labelsOf(inside: string): Record<string, string> {
  const labels: Record<string, string> = {}
  let rest = inside
  while (rest !== '') {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest)
    if (!match) throw new Error(`no label: ${rest}`)
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))
    rest = rest.slice(match[0].length)
  }
  return labels
}

/** Buckets do not fall, and the last is the count. */
function checkHistograms(samples: readonly Sample[]): void {
  const last = new Map<string, Sample>()
  for (const sample of samples) {
    const { le, ...others } = sample.labels
    const key = `${sample.name.replace(/_(bucket|count)$/, '')}${JSON.stringify(others)}`
    if (sample.name.endsWith('_bucket')) {
      if ((last.get(key)?.value ?? 0) > sample.value) throw new Error(`${key} falls at ${le}`)
      last.set(key, sample)
    } else if (last.has(key) && sample.name.endsWith('_count') && (last.get(key)!.labels['le'] !== '+Inf' || last.get(key)!.value !== sample.value)) throw new Error(`${key} has another count than its last bucket`)
  }
}

/** The value of the sample with these labels, or of the sum of all that have them. */
export function valueOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
  const found = samples.filter((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0)
}
