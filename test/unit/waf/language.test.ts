// SecLang: what rules say, and what becomes of it for a request.
import { describe, expect, test } from 'vitest'
import { RulesError } from '../../../src/waf/index.js'
import { compile, form, ids, run } from './rules.js'

const faultsOf = (text: string): string => {
  try {
    compile(text)
  } catch (error) {
    if (error instanceof RulesError) return error.message
    throw error
  }
  return ''
}

describe('a rule', () => {
  test('denies what matches, with its status', () => {
    const { interruption } = run('SecRule ARGS:q "@contains drop" "id:1,phase:2,deny,status:406"', { target: '/?q=drop+table' })
    expect(interruption).toMatchObject({ disruption: { kind: 'deny', status: 406 }, rule: { id: 1 } })
  })

  test('sees every value of a name, and not those that are left out', () => {
    const rule = 'SecRule ARGS|!ARGS:safe|!ARGS:/^x-/ "@streq bad" "id:1,phase:2,pass,log"'
    expect(ids(run(rule, { target: '/?a=1&a=bad' }))).toEqual([1])
    expect(ids(run(rule, { target: '/?safe=bad&x-1=bad' }))).toEqual([])
  })

  test('counts with &, and a variable that is not set counts as none', () => {
    expect(ids(run('SecRule &ARGS "@eq 2" "id:1,phase:2,pass,log"', { target: '/?a&b' }))).toEqual([1])
    expect(ids(run('SecRule &REQUEST_HEADERS:X-None "@eq 0" "id:1,phase:1,pass,log"'))).toEqual([1])
    expect(ids(run('SecRule TX:none "@eq 0" "id:1,phase:1,pass,log"'))).toEqual([])
  })

  test('a chain matches where all of it does, and what the first links set stays all the same', () => {
    const rules = 'SecRule ARGS:a "@streq 1" "id:1,phase:2,pass,log,chain,setvar:tx.seen=1"\nSecRule ARGS:b "@streq 2"\nSecRule TX:seen "@eq 1" "id:2,phase:2,pass,log"'
    expect(ids(run(rules, { target: '/?a=1&b=2' }))).toEqual([1, 2])
    expect(ids(run(rules, { target: '/?a=1&b=3' }))).toEqual([2])
  })

  test('adds up for each value that matches', () => {
    const rules = 'SecRule ARGS "@streq x" "id:1,phase:2,pass,nolog,setvar:tx.score=+5"\nSecRule TX:score "@ge 10" "id:2,phase:2,deny,msg:\'Score %{tx.score}\'"'
    expect(run(rules, { target: '/?a=x&b=x' }).interruption?.message).toBe('Score 10')
    expect(run(rules, { target: '/?a=x' }).interruption).toBeUndefined()
  })

  test('skipAfter goes on behind the marker, in its own phase only', () => {
    const rules = 'SecRule ARGS:skip "@streq 1" "id:1,phase:2,pass,nolog,skipAfter:END"\nSecAction "id:2,phase:2,pass,log"\nSecAction "id:3,phase:1,pass,log"\nSecMarker END\nSecAction "id:4,phase:2,pass,log"'
    expect(ids(run(rules, { target: '/?skip=1' }))).toEqual([3, 4])
    expect(ids(run(rules))).toEqual([3, 2, 4])
  })

  test('captures groups for its message', () => {
    const { matches } = run('SecRule ARGS "@rx id=(\\d+)" "id:1,phase:2,pass,log,capture,logdata:\'%{TX.1} in %{MATCHED_VAR_NAME}\'"', { target: '/?q=id%3d42' })
    expect(matches[0]?.data).toBe('42 in ARGS:q')
  })

  test('multiMatch looks between transformations', () => {
    const rule = (action: string): string => `SecRule ARGS "@contains %3c" "id:1,phase:2,pass,log,t:none,t:urlDecodeUni${action}"`
    expect(ids(run(rule(',multiMatch'), { target: '/?q=%253c' }))).toEqual([1])
    expect(ids(run(rule(''), { target: '/?q=%253c' }))).toEqual([])
  })

  test('block does what the default of its phase does, and phases have defaults of their own', () => {
    const rules = 'SecDefaultAction "phase:1,log,pass"\nSecDefaultAction "phase:2,log,deny,status:418"\nSecAction "id:1,phase:1,block"\nSecAction "id:2,phase:2,block"'
    expect(run(rules).interruption).toMatchObject({ rule: { id: 2 }, disruption: { status: 418 } })
  })

  test('in detection nothing is denied, and what would have been is told', () => {
    const report = run('SecRuleEngine DetectionOnly\nSecAction "id:1,phase:1,deny,msg:\'no\'"\nSecAction "id:2,phase:2,deny"')
    expect(report.interruption).toBeUndefined()
    expect(report.detected).toMatchObject({ rule: { id: 1 }, message: 'no' })
    expect(ids(report)).toEqual([1, 2])
  })
})

describe('other directives', () => {
  const three = 'SecAction "id:1,phase:1,pass,log,tag:\'one\'"\nSecAction "id:2,phase:1,pass,log,tag:\'two\'"\nSecAction "id:3,phase:1,pass,log,msg:\'third\'"\n'

  test.each([
    ['SecRuleRemoveById 1-2', [3]],
    ['SecRuleRemoveByTag two', [1, 3]],
    ['SecRuleRemoveByMsg third', [1, 2]],
    ['SecRuleUpdateActionById 2 "nolog"', [1, 3]],
  ])('%s', (directive, left) => expect(ids(run(three + directive))).toEqual(left))

  test('targets are taken out of rules later', () => {
    const rules = 'SecRule ARGS "@streq x" "id:1,phase:2,pass,log"\nSecRuleUpdateTargetById 1 "!ARGS:free"'
    expect(ids(run(rules, { target: '/?free=x' }))).toEqual([])
    expect(ids(run(rules, { target: '/?other=x' }))).toEqual([1])
  })

  test('ctl changes one request only', () => {
    const rules = 'SecRule ARGS:off "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"\nSecRule ARGS:some "@streq 1" "id:2,phase:1,pass,nolog,ctl:ruleRemoveTargetById=3;ARGS:x"\nSecRule ARGS "@streq bad" "id:3,phase:2,pass,log"'
    expect(ids(run(rules, { target: '/?off=1&x=bad' }))).toEqual([])
    expect(ids(run(rules, { target: '/?some=1&x=bad' }))).toEqual([])
    expect(ids(run(rules, { target: '/?x=bad' }))).toEqual([3])
  })

  test('what a request never changes is settled ahead, and gates what it gates', () => {
    const rules = (level: number): string => `SecAction "id:1,phase:1,pass,nolog,setvar:tx.level=${level}"\nSecRule TX:level "@lt 2" "id:2,phase:2,pass,nolog,skipAfter:END"\nSecAction "id:3,phase:2,pass,log"\nSecMarker END`
    expect(compile(rules(1)).rules).toHaveLength(0)
    expect(ids(run(rules(2)))).toEqual([3])
  })

  test('what some requests change is not settled', () => {
    const rules = 'SecRule ARGS:up "@streq 1" "id:1,phase:1,pass,nolog,setvar:tx.level=5"\nSecAction "id:2,phase:1,pass,nolog,setvar:tx.level=+1"\nSecRule TX:level "@ge 6" "id:3,phase:1,pass,log"'
    expect(ids(run(rules, { target: '/?up=1' }))).toEqual([3])
    expect(ids(run(rules))).toEqual([])
  })
})

describe('bodies', () => {
  test('of forms are arguments, decoded once', () => expect(ids(run('SecRule ARGS_POST:a "@streq b c" "id:1,phase:2,pass,log"', form('a=b+%63')))).toEqual([1]))

  test('of JSON are arguments by their path, both of two with one name', () => {
    const rules = 'SecAction "id:9,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"\nSecRule ARGS:json.a.b "@streq evil" "id:1,phase:2,pass,log"\nSecRule REQBODY_ERROR "!@eq 0" "id:2,phase:2,pass,log"'
    const asked = (body: string) => run(rules, { method: 'POST', fields: ['Content-Type', 'application/json'], body })
    expect(ids(asked('{"a":{"b":"fine","b":"ev\\u0069l"}}'))).toEqual([1])
    expect(ids(asked('{"a":'))).toEqual([2])
    expect(ids(asked('['.repeat(10_000)))).toEqual([2])
  })

  test('of XML are text and attributes, and its entities are not followed', () => {
    const rules = 'SecAction "id:9,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"\nSecRule XML:/* "@contains evil" "id:1,phase:2,pass,log"\nSecRule XML://@* "@streq x<y" "id:2,phase:2,pass,log"\nSecRule REQBODY_ERROR "!@eq 0" "id:3,phase:2,pass,log"'
    const asked = (body: string) => run(rules, { method: 'POST', body })
    expect(ids(asked('<a b="x&lt;y"><c>e<![CDATA[vi]]>l</c></a>'))).toEqual([1, 2])
    expect(ids(asked('<!DOCTYPE a [<!ENTITY e "evil">]><a>&e;</a>'))).toEqual([])
    expect(ids(asked('<a><b></a>'))).toEqual([3])
  })

  test('of multipart forms are fields, files and the heads of parts', () => {
    const body = ['--b', 'Content-Disposition: form-data; name="a"', '', 'evil', '--b', 'Content-Disposition: form-data; name="f"; filename="x.php"', 'Content-Type: text/plain', '', 'data', '--b--', ''].join('\r\n')
    const rules = 'SecRule ARGS:a "@streq evil" "id:1,phase:2,pass,log"\nSecRule FILES "@endsWith .php" "id:2,phase:2,pass,log"\nSecRule MULTIPART_PART_HEADERS:f "@contains text/plain" "id:3,phase:2,pass,log"\nSecRule REQBODY_ERROR "!@eq 0" "id:4,phase:2,pass,log"'
    const asked = (text: string) => run(rules, { method: 'POST', fields: ['Content-Type', 'multipart/form-data; boundary=b'], body: text })
    expect(ids(asked(body))).toEqual([1, 2, 3])
    expect(ids(asked(body.replace('--b--', '')))).toContain(4)
  })
})

describe('a fault has its line, and says what there is', () => {
  test.each([
    ['SecRule ARGS "@rx ^a" "phase:2"', 'rules.conf:1: the rule has no id'],
    ['\n\nSecNothing On', 'rules.conf:3: secnothing is no directive'],
    ['SecRule NOTHING "a" "id:1"', 'rules.conf:1: NOTHING is no variable'],
    ['SecRule ARGS "@nothing a" "id:1"', 'rules.conf:1: @nothing is no operator'],
    ['SecRule ARGS "a" "id:1,t:nothing"', 'rules.conf:1: t:nothing is no transformation'],
    ['SecRule ARGS "a" "id:1,exec:/bin/sh"', 'rules.conf:1: the action "exec" is not supported'],
    ['SecRule ARGS "@rx (?=a)" "id:1"', '"(?=a" in a regular expression is not supported'],
    ['SecRule ARGS "@rx (a)\\1" "id:1"', '"\\1" in a regular expression is not supported'],
    ['SecRule ARGS "@pmFromFile none.data" "id:1"', 'rules.conf:1: the data file none.data is not there'],
    ['SecRule ARGS "a" "id:1"\nSecRule ARGS "b" "id:1"', 'rules.conf:2: the id 1 is another rule\'s'],
    ['SecRule ARGS "a" "id:1,chain"', 'rules.conf:1: the chain that begins here has no end'],
    ['SecRule ARGS "a" "id:1,skipAfter:NOWHERE"', 'skipAfter:NOWHERE names no marker'],
    ['SecRuleRemoveById 1\nSecRule ARGS "a" "id:1"', 'rules.conf:1: the rules this is about come after it'],
    ['SecRule ARGS "a "id:1"', 'rules.conf:1: '],
    ['SecAction "id:1,phase:1,initcol:ip=%{REMOTE_ADDR}"', 'initcol keeps a collection beyond the request'],
    ['SecRequestBodyLimitAction ProcessPartial', 'rules.conf:1: SecRequestBodyLimitAction takes Reject only'],
  ])('%s', (text, message) => expect(faultsOf(text)).toContain(message))

  test('all faults come at once', () => expect(faultsOf('SecNothing\nSecRule NOTHING "a" "id:1"').split('\n')).toHaveLength(2))
})
