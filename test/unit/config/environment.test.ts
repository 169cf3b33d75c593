import { describe, expect, test } from 'vitest'
import { expandEnvironment } from '../../../src/config/environment.js'

const ENVIRONMENT = { TOKEN: 's3cret', HOST: 'db', EMPTY: '', NESTED: '${TOKEN}' }

describe('expandEnvironment', () => {
  test.each<[unknown, unknown]>([
    ['${TOKEN}', 's3cret'],
    ['http://${HOST}:80/${TOKEN}', 'http://db:80/s3cret'],
    ['a${EMPTY}b', 'ab'],
    ['$${TOKEN}', '${TOKEN}'],
    ['$$${TOKEN}', '$${TOKEN}'],
    ['$TOKEN', '$TOKEN'],
    ['${}', '${}'],
    ['${NESTED}', '${TOKEN}'],
    [7, 7],
    [null, null],
    [undefined, undefined],
    [['${HOST}', 1, ['${HOST}']], ['db', 1, ['db']]],
    [{ a: { b: '${HOST}' }, c: true }, { a: { b: 'db' }, c: true }],
  ])('%j becomes %j', (input, value) => {
    expect(expandEnvironment(input, ENVIRONMENT)).toEqual({ value, issues: [] })
  })

  test('every name that is not set is an issue with its place, and stays as it is', () => {
    const input = { upstreams: { app: { targets: ['http://${A}', 'http://${HOST}:${B}'] } }, routes: [{ respond: { body: '${A} ${A}' } }] }
    expect(expandEnvironment(input, ENVIRONMENT)).toEqual({
      value: { upstreams: { app: { targets: ['http://${A}', 'http://db:${B}'] } }, routes: [{ respond: { body: '${A} ${A}' } }] },
      issues: [
        { path: 'upstreams.app.targets[0]', value: 'http://${A}', message: 'the environment has no A' },
        { path: 'upstreams.app.targets[1]', value: 'http://${HOST}:${B}', message: 'the environment has no B' },
        { path: 'routes[0].respond.body', value: '${A} ${A}', message: 'the environment has no A' },
        { path: 'routes[0].respond.body', value: '${A} ${A}', message: 'the environment has no A' },
      ],
    })
  })

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is not set merely because every object has it', (name) => {
    expect(expandEnvironment(`\${${name}}`, {}).issues).toHaveLength(1)
  })

  test('keys are left alone, and what is no plain object is handed on', () => {
    const rule = (): void => {}
    const date = new Date(0)
    const { value } = expandEnvironment({ '${HOST}': 1, rule, date }, ENVIRONMENT)
    expect(value).toEqual({ '${HOST}': 1, rule, date })
    expect((value as { date: Date }).date).toBe(date)
  })

  test('the input is not written to', () => {
    const input = { a: ['${HOST}'] }
    expandEnvironment(input, ENVIRONMENT)
    expect(input).toEqual({ a: ['${HOST}'] })
  })
})
