// The architecture as a test: who may import whom, and what pure files may not contain.
import { describe, expect, test } from 'vitest'
import { codeOf, sourcesBelow, type SourceFile } from './sources.js'

const core = sourcesBelow('src')
const runtimes = sourcesBelow('runtimes')

const STAGES = ['filter', 'route', 'cache', 'balance', 'forward', 'respond']
const stageOf = (path: string): string | undefined => STAGES.find((stage) => path.startsWith(`src/${stage}/`))

/** Files that act: everything else is a pure function of its arguments. */
const ACTS = [/^src\/gateway\.ts$/, /^src\/platform\.ts$/, /\/stage\.ts$/, /^src\/cache\/stores\//]
/** Bodies are streams: these files await the next piece, and nothing else. */
const STREAMS = ['src/compress/web.ts', 'src/files/body.ts', 'src/http/guarded-body.ts', 'src/http/record-body.ts', 'src/http/replay-body.ts', 'src/http/slice.ts', 'src/http/watched-end.ts']

describe('layers', () => {
  test('the core imports no runtime', () => {
    expect(offences(core, (target) => /^(node:|bun$|bun:|undici|jiti|yaml)/.test(target) || target.startsWith('runtimes/'))).toEqual([])
  })

  test('wire grammar imports only wire grammar', () => {
    expect(offences(inFolder('src/http/'), (target) => !target.startsWith('src/http/'))).toEqual([])
  })

  test('configuration imports only wire grammar beside itself', () => {
    expect(offences(inFolder('src/config/'), (target) => !/^(src\/(http|config)\/|valibot$)/.test(target))).toEqual([])
  })

  test('stages do not import one another', () => {
    const crossing = core.flatMap(({ path, imports }) => {
      const own = stageOf(path)
      return own === undefined ? [] : imports.filter((target) => stageOf(target) !== undefined && stageOf(target) !== own).map((target) => `${path} imports ${target}`)
    })
    // A refusal is what filter hands to respond: its type is the border between the two.
    expect(crossing).toEqual(['src/respond/stage.ts imports src/filter/verdict.ts'])
  })

  test('runtimes import the core through its public entries only', () => {
    expect(offences(runtimes, (target) => target.startsWith('src/') && !['src/index.ts', 'src/adapter.ts', 'src/observe/index.ts', 'src/waf/index.ts'].includes(target))).toEqual([])
  })

  test('runtimes do not import the command line', () => {
    expect(offences(runtimes.filter(({ path }) => !path.startsWith('runtimes/cli/')), (target) => target.startsWith('runtimes/cli/'))).toEqual([])
  })

  test('only the route table and the admin API import the router', () => {
    expect(core.filter(({ imports }) => imports.includes('itty-router')).map(({ path }) => path)).toEqual(['src/admin/stage.ts', 'src/route/table.ts'])
  })

  test('there are no import cycles, type-only ones included', () => {
    expect(findCycle([...core, ...runtimes])).toBeUndefined()
  })
})

describe('purity', () => {
  const pure = core.filter(({ path }) => !ACTS.some((pattern) => pattern.test(path)))

  test.each([
    ['clocks', /\bDate\.now\b|\bnew Date\(\)|\bperformance\./],
    ['randomness', /\bMath\.random\b|\bcrypto\./],
    ['timers', /\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/],
    ['I/O', /(?<![.\w])(fetch|caches)\b\s*[(.]|\bconsole\b|\bprocess\b/],
    ['state of the module', /^(let|var)\b/m],
  ])('pure files have no %s', (_, pattern) => {
    expect(pure.filter((file) => pattern.test(codeOf(file))).map(({ path }) => path)).toEqual([])
  })

  test('pure files wait for nothing but the next piece of a body', () => {
    expect(pure.filter((file) => /\b(async|await)\b/.test(codeOf(file)) && !STREAMS.includes(file.path)).map(({ path }) => path)).toEqual([])
  })
})

describe('shape', () => {
  test('every file says on its first line what it is', () => {
    const silent = [...core, ...runtimes].filter(({ text }) => !/^(#!.*\n)?\/\/ \S.{15,}/.test(text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  test('no file is longer than 300 lines', () => {
    expect([...core, ...runtimes].filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path)).toEqual([])
  })

  test('RFCs are those in force', () => {
    const sources = [...core, ...runtimes, ...sourcesBelow('test')]
    expect(sources.filter(({ text }) => /RFC ?(2616|723[0-5])\b/.test(text.replace('(2616|723[0-5])', ''))).map(({ path }) => path)).toEqual([])
  })
})

function inFolder(folder: string): SourceFile[] {
  return core.filter(({ path }) => path.startsWith(folder))
}

function offences(files: readonly SourceFile[], forbidden: (target: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) => imports.filter(forbidden).map((target) => `${path} imports ${target}`))
}

/** One cycle as a path of files, or undefined. */
function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const imports = new Map(files.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return undefined
    for (const target of imports.get(path) ?? []) {
      const cycle = visit(target, [...trail, path])
      if (cycle) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const { path } of files) {
    const cycle = visit(path, [])
    if (cycle) return cycle
  }
  return undefined
}
